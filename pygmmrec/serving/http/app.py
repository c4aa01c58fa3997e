"""The application, from bundles to what a server runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.security import HTTPBearer
from starlette.middleware.trustedhost import TrustedHostMiddleware

import pygmmrec
from pygmmrec.serving.http.guard import Guard
from pygmmrec.serving.http.metrics import Metrics, Timed
from pygmmrec.serving.http.refusal import install
from pygmmrec.serving.http.routes import answers, browse, operations, page
from pygmmrec.serving.http.schemas import Problem
from pygmmrec.serving.http.service import Limits, Service
from pygmmrec.serving.http.shelf import Shelf, Source, named
from pygmmrec.utils.check import check, check_integer

OPEN = ("/", "/health", "/docs", "/openapi.json")
"""What needs no token: what is the same for every bundle."""

REFUSALS: dict[int | str, str] = {
    400: "The body is no JSON, or the host is none of this server's",
    401: "The token is missing or wrong",
    404: "A user, an item or a bundle is unknown",
    413: "The body is too long",
    422: "An argument is out of range",
}


def make_app(
    bundle: Source,
    other: Source | None = None,
    *,
    token: str | None = None,
    max_k: int = 100,
    max_batch: int = 1000,
    max_body: int = 1_000_000,
    workers: int = 2,
    device: str = "cpu",
    hosts: Sequence[str] | None = None,
) -> FastAPI:
    """An application that answers from a bundle, or from two side by side.

    Recommendations that are asked for at a time are scored together. ``POST /reload`` loads the folders again
    and answers from the old bundles until the new ones are ready.

    .. code-block:: python

        app = make_app("runs/crane", token="secret")  # uvicorn module:app, or pygmmrec.serving.http.run(app)

    Args:
        bundle: The folder of a bundle, or what :func:`~pygmmrec.load` gave. It answers where a request names
            none.
        other: A second one. Each is called as its folder or, without any, as its model.
            (default: ``None``)
        token: What requests have to carry, as ``Authorization: Bearer TOKEN``. (default: ``None``, nothing)
        max_k: Length of a list, at most, itself at least 20. (default: ``100``)
        max_batch: Users or items of a request, at most. (default: ``1000``)
        max_body: Bytes of a body, at most. (default: ``1_000_000``)
        workers: Threads that answer. (default: ``2``)
        device: Where the models of folders are, see :func:`~pygmmrec.load`. (default: ``cpu``)
        hosts: Names by which the server may be called, without ports; other sites cannot make a browser ask
            it then. (default: ``None``, any)

    Raises:
        ValueError: If a folder is no bundle, or an argument is out of range.
    """
    limits = Limits(
        check_integer(max_k, "max_k", "make_app", at_least=20),
        check_integer(max_batch, "max_batch", "make_app", at_least=1),
        check_integer(max_body, "max_body", "make_app", at_least=1),
    )
    workers = check_integer(workers, "workers", "make_app", at_least=1)
    fine = token is None or (isinstance(token, str) and token.isascii() and token.isprintable())
    check(fine and token != "", "token", "None or printable ASCII", "make_app", "another text")
    metrics = Metrics()
    shelf = Shelf(named(bundle, other), device, lambda outcome: metrics.reloads.labels(outcome).inc())
    service = Service(shelf, limits, metrics, workers)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    app = FastAPI(
        title="pygmmrec",
        description="Recommendations of a trained model.",
        version=pygmmrec.__version__,
        lifespan=lifespan,
        docs_url=None,  # FastAPI's loads its script from elsewhere; routes/page.py has ours
        redoc_url=None,
    )
    app.state.service = service
    says: dict[int | str, dict[str, Any]] = {
        status: {"model": Problem, "description": told} for status, told in REFUSALS.items()
    }
    bearer = [] if token is None else [Depends(HTTPBearer(auto_error=False))]  # for the page of the API
    for routes in (answers, browse, operations):
        app.include_router(routes.router, responses=says, dependencies=bearer)
    app.include_router(page.router)
    install(app)
    paths = frozenset(app.openapi()["paths"]).union(OPEN)
    app.add_middleware(Guard, token=token, max_body=limits.max_body, open_paths=OPEN)
    if hosts is not None:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts), www_redirect=False)
    app.add_middleware(Timed, metrics=metrics, paths=paths)
    return app
