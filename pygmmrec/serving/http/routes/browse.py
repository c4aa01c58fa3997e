"""Users and items to choose from, and what a user has already."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from pygmmrec.serving.http.names import Names
from pygmmrec.serving.http.routes.answers import IdText
from pygmmrec.serving.http.schemas import Bundle, Found, K
from pygmmrec.serving.http.service import Service, Shared

router = APIRouter(tags=["browse"])

Search = Annotated[str, Query(max_length=200, description="Part of an id or a title")]


@router.get("/users", response_model=Found)
async def users(service: Shared, search: Search = "", k: K = 20, bundle: Bundle = None) -> Any:
    """The first users whose id or title has a text in it; of that id first."""
    return await _found(service, "users", search, k, bundle)


@router.get("/items", response_model=Found)
async def items(service: Shared, search: Search = "", k: K = 20, bundle: Bundle = None) -> Any:
    """The first items whose id or title has a text in it; of that id first."""
    return await _found(service, "items", search, k, bundle)


@router.get("/history", response_model=Found)
async def history(service: Shared, user: IdText, k: K = 20, bundle: Bundle = None) -> Any:
    """The items of a user that the model was trained on; ``total`` says how many there are."""
    service.check(k)
    ready = service.shelf.get(bundle)
    own = ready.history(ready.users.find([user])[0])
    return {"bundle": ready.name, "total": len(own), "found": ready.items.show(own[:k])}


async def _found(service: Service, kind: str, search: str, k: int, bundle: str | None) -> dict[str, Any]:
    service.check(k)
    ready = service.shelf.get(bundle)
    names: Names = getattr(ready, kind)
    found = await service.work(names.search, search, k)
    return {"bundle": ready.name, "total": len(names), "found": names.show(found)}
