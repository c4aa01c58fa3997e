"""What the routes share keeps to the limits and answers together."""

import asyncio

import pytest

from pygmmrec.serving import Served
from pygmmrec.serving.http.metrics import Metrics
from pygmmrec.serving.http.refusal import Refusal
from pygmmrec.serving.http.service import Limits, Service, Wanted, to_exclude
from pygmmrec.serving.http.shelf import Shelf


@pytest.fixture
def service(shop: Served) -> Service:
    return Service(Shelf({"shop": shop}), Limits(5, 3, 100), Metrics(), 2)


def test_limits_are_said_with_what_was_asked(service: Service) -> None:
    service.check(5, 3)
    with pytest.raises(Refusal, match="'k' needs to be at most 5 \\(got 6\\)"):
        service.check(6)
    with pytest.raises(Refusal, match="3 users or items \\(got 4\\)"):
        service.check(5, 4)


def test_answers_are_the_bundles(service: Service) -> None:
    ready = service.shelf.get(None)

    async def ask() -> tuple[object, object, object]:
        lists = await asyncio.gather(*(service.recommend(ready, [user], 3, "train") for user in range(9)))
        searched = await service.work(ready.items.search, "i1", limit=5)
        return lists, searched, await service.explain(ready, 2, 3, 4)

    lists, searched, explained = asyncio.run(ask())
    wanted = ready.recommend(range(9), 3, "train")
    assert [[row["id"] for row in only] for (only,) in lists] == [
        [row["id"] for row in rows] for rows in wanted
    ]
    assert searched == [1, 10]
    assert explained == ready.explain(2, 3, 4)
    service.close()


def test_none_is_a_word_in_json() -> None:
    assert [to_exclude(each) for each in ("none", "train", "all")] == [None, "train", "all"]


def test_users_are_answered_together_who_want_the_same(service: Service) -> None:
    ready = service.shelf.get(None)
    assert Wanted(ready, 3, "train") == Wanted(service.shelf.get("shop"), 3, "train")
    assert Wanted(ready, 3, "train") != Wanted(ready, 4, "train")
