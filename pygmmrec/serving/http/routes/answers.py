"""Recommend, similar, fold-in, explain."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse

from pygmmrec.serving.http.schemas import (
    Bundle,
    Excluded,
    ExplainBody,
    Explained,
    FoldedIn,
    FoldInBody,
    K,
    RecommendBody,
    Recommended,
    RecommendedBatch,
    Similar,
    SimilarBatch,
    SimilarBody,
)
from pygmmrec.serving.http.service import Service, Shared, to_exclude

router = APIRouter(tags=["answers"])

IdText = Annotated[str, Query(description="A raw id; where ids are numbers, as it prints")]


# Answers are sent as they are built: the models describe them, and tests hold answers against them.
@router.get("/recommend", response_model=Recommended)
async def recommend(
    service: Shared, user: IdText, k: K = 10, exclude: Excluded = "train", bundle: Bundle = None
) -> Any:
    """The best items of a user."""
    service.check(k)
    ready = service.shelf.get(bundle)
    users = ready.users.find([user])
    (items,) = await service.recommend(ready, users, k, exclude)
    return JSONResponse({"bundle": ready.name, "user": ready.users.show(users)[0]["id"], "items": items})


@router.post("/recommend", response_model=RecommendedBatch)
async def recommend_batch(service: Shared, body: RecommendBody) -> Any:
    """The best items of several users, from all items or from some."""
    service.check(body.k, len(body.users))
    ready = service.shelf.get(body.bundle)
    users = ready.users.find(body.users)
    if body.candidates is None and body.filter is None:
        lists = await service.recommend(ready, users, body.k, body.exclude)
    else:
        candidates = None if body.candidates is None else ready.items.find(body.candidates)
        lists = await service.work(
            ready.recommend,
            users,
            body.k,
            to_exclude(body.exclude),
            candidates=candidates,
            filter=body.filter,
        )
    shown = ready.users.show(users)
    answers = [{"user": who["id"], "items": items} for who, items in zip(shown, lists, strict=True)]
    return JSONResponse({"bundle": ready.name, "answers": answers})


@router.get("/similar", response_model=Similar)
async def similar(
    service: Shared,
    item: IdText,
    k: K = 10,
    metric: Literal["cosine", "dot"] = "cosine",
    bundle: Bundle = None,
) -> Any:
    """The items that are most like an item."""
    body = SimilarBody.model_construct(items=[item], k=k, metric=metric, bundle=bundle)
    name, (answer,) = await _similar(service, body)
    return JSONResponse({"bundle": name, **answer})


@router.post("/similar", response_model=SimilarBatch)
async def similar_batch(service: Shared, body: SimilarBody) -> Any:
    """The items that are most like each of several items."""
    name, answers = await _similar(service, body)
    return JSONResponse({"bundle": name, "answers": answers})


@router.post("/fold-in", response_model=FoldedIn)
async def fold_in(service: Shared, body: FoldInBody) -> Any:
    """The best items of somebody new, whose items are given."""
    service.check(body.k, len(body.items))
    ready = service.shelf.get(body.bundle)
    items = await service.work(ready.fold_in, ready.items.find(body.items), body.k)
    return JSONResponse({"bundle": ready.name, "items": items})


@router.get("/explain", response_model=Explained)
async def explain(service: Shared, user: IdText, item: IdText, k: K = 10, bundle: Bundle = None) -> Any:
    """Which of a user's items, and which modality, carry a score."""
    return await explain_exactly(service, ExplainBody(user=user, item=item, k=k, bundle=bundle))


@router.post("/explain", response_model=Explained)
async def explain_exactly(service: Shared, body: ExplainBody) -> Any:
    """Which of a user's items, and which modality, carry a score."""
    service.check(body.k)
    ready = service.shelf.get(body.bundle)
    users, items = ready.users.find([body.user]), ready.items.find([body.item])
    told = await service.explain(ready, users[0], items[0], body.k)
    who = {"user": ready.users.show(users)[0]["id"], "item": ready.items.show(items)[0]["id"]}
    return JSONResponse({"bundle": ready.name, **who, **told})


async def _similar(service: Service, body: SimilarBody) -> tuple[str, list[dict[str, Any]]]:
    service.check(body.k, len(body.items))
    ready = service.shelf.get(body.bundle)
    items = ready.items.find(body.items)
    lists = await service.work(ready.similar, items, body.k, body.metric)
    shown = ready.items.show(items)
    return ready.name, [{"item": of["id"], "items": like} for of, like in zip(shown, lists, strict=True)]
