"""Runs an application until it is told to stop."""

from __future__ import annotations

import logging
import signal
import sys
from contextlib import suppress
from threading import Thread
from types import FrameType

import torch
import uvicorn
from fastapi import FastAPI

from pygmmrec.serving.http.refusal import Refusal
from pygmmrec.serving.http.service import Service

if sys.platform != "win32":  # which has no such limit
    import resource

logger = logging.getLogger(__name__)

MOST_WAITING = 10_000
"""Connections, beyond which others are told 503 at once. All others wait: over a reload on busy cores, for
seconds."""

MORE_FILES = 200
"""Files that are open besides connections, at most."""


def run(app: FastAPI, *, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve an application in this process.

    Each worker of the application scores on one core, so torch is told to use one thread. SIGHUP loads the
    bundles again, SIGTERM and SIGINT end it once all requests under way are answered.

    Args:
        app: What :func:`make_app` gave.
        host: The address to listen at. (default: ``127.0.0.1``, which other machines cannot reach)
        port: Its port. (default: ``8000``)
    """
    torch.set_num_threads(1)
    _allow(MOST_WAITING + MORE_FILES)
    if hasattr(signal, "SIGHUP"):  # Windows has none
        service: Service = app.state.service

        def reload(number: int, frame: FrameType | None) -> None:
            Thread(target=_reload, args=(service,), name="reload").start()

        signal.signal(signal.SIGHUP, reload)
    uvicorn.run(app, host=host, port=port, log_level="info", access_log=False, limit_concurrency=MOST_WAITING)


def _allow(files: int) -> None:
    """Let the process open so many files, or as many as the system lets it: a connection is one."""
    if sys.platform != "win32":
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = files if hard == resource.RLIM_INFINITY else min(files, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _reload(service: Service) -> None:
    with suppress(Refusal):  # the log says why, and the old bundles go on
        service.shelf.reload()
