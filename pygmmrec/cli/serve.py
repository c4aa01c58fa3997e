"""``pygmmrec serve``: a trained model over HTTP."""

from __future__ import annotations

import ipaddress
import logging
import os

logger = logging.getLogger(__name__)

TOKEN = "PYGMMREC_TOKEN"
"""The variable that may hold the token, which other users of a machine cannot see as they see arguments."""


def serve_bundle(
    bundle: str,
    other: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    token: str | None = None,
    max_k: int = 100,
    max_batch: int = 1000,
    max_body: int = 1000000,
    workers: int = 2,
    device: str = "cpu",
) -> None:
    """Answer over HTTP from what a training run left, with a page to look at, until SIGINT or SIGTERM.

    POST /reload or SIGHUP loads the folder again; no request is lost over it. /docs describes the API.

    Args:
        bundle: Folder of a finished run.
        other: Folder of another, to be seen beside it.
        host: Address to listen at; by default other machines cannot reach it.
        port: Its port.
        token: What requests have to carry, as Authorization: Bearer TOKEN; by default PYGMMREC_TOKEN.
        max_k: Length of a list, at most.
        max_batch: Users or items of a request, at most.
        max_body: Bytes of a body, at most.
        workers: Threads that answer, each of which keeps a core busy.
        device: auto, cpu, cuda or cuda:1.
    """
    from pygmmrec.serving import http  # its extra is needed for this verb only

    token = token or os.environ.get(TOKEN) or None
    local = _is_loopback(host)
    if not local and token is None:
        logger.warning("Whoever reaches %s may ask, since there is no token. Set %s", host, TOKEN)
    app = http.make_app(
        bundle,
        other,
        token=token,
        max_k=max_k,
        max_batch=max_batch,
        max_body=max_body,
        workers=workers,
        device=device,
        hosts=["localhost", "127.0.0.1", "[::1]", host] if local else None,
    )
    http.run(app, host=host, port=port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
