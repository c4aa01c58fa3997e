"""Health, metadata, metrics, reload."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

import pygmmrec
from pygmmrec.serving.http.schemas import Health, Metadata, Problem, Reloaded
from pygmmrec.serving.http.service import Shared

router = APIRouter(tags=["operations"])

CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"model": Problem, "description": "A bundle cannot be loaded, and the old ones go on"}
}


@router.get("/health", response_model=Health)
async def health() -> Any:
    """Whether the server answers. It needs no token."""
    return {"status": "ok"}


@router.get("/metadata", response_model=Metadata)
async def metadata(service: Shared) -> Any:
    """What is served, and the limits of requests."""
    bundles = [ready.described() for ready in service.shelf.ready.values()]
    return {"version": pygmmrec.__version__, "bundles": bundles, **service.limits._asdict()}


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(service: Shared) -> Response:
    """Metrics for Prometheus."""
    text = service.metrics.text(list(service.shelf.ready.values()))
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)


@router.post("/reload", response_model=Reloaded, responses=CONFLICT)
async def reload(service: Shared) -> Any:
    """Load the folders of all bundles again. The old ones answer until the new ones are ready."""
    return {"reloaded": await asyncio.to_thread(service.shelf.reload)}
