"""What the routes of an application share: bundles, workers, limits, metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Annotated, Any, NamedTuple, TypeVar

from fastapi import Depends, Request

from pygmmrec.serving.http.batcher import Batcher
from pygmmrec.serving.http.metrics import Metrics
from pygmmrec.serving.http.ready import Ready
from pygmmrec.serving.http.refusal import Refusal
from pygmmrec.serving.http.schemas import Excluded
from pygmmrec.serving.http.shelf import Shelf
from pygmmrec.serving.seen import Exclude

T = TypeVar("T")


class Limits(NamedTuple):
    """How much a request may ask for.

    Args:
        max_k: Length of a list.
        max_batch: Users or items.
        max_body: Bytes.
    """

    max_k: int
    max_batch: int
    max_body: int


class Wanted(NamedTuple):
    """What users have in common that are answered together."""

    ready: Ready
    k: int
    exclude: Exclude | None


class Service:
    """All that answers requests, besides HTTP.

    Args:
        shelf: The bundles.
        limits: What a request may ask for.
        metrics: Counts batches.
        workers: Threads that answer; explanations have one of their own, so that nobody waits for them.
    """

    def __init__(self, shelf: Shelf, limits: Limits, metrics: Metrics, workers: int) -> None:
        self.shelf, self.limits, self.metrics = shelf, limits, metrics
        self._workers = ThreadPoolExecutor(workers, "answer")
        self._explainer = ThreadPoolExecutor(1, "explain")
        self._batcher = Batcher(_recommended, self._workers, workers, metrics.batch.observe)

    async def recommend(
        self, ready: Ready, users: list[int], k: int, excluded: Excluded
    ) -> list[list[dict[str, Any]]]:
        """The best items of each user, by index, together with those of other requests."""
        return await self._batcher.ask(Wanted(ready, k, to_exclude(excluded)), users)

    async def work(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """What a function gives, called in a worker."""
        call = partial(function, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._workers, call)

    async def explain(self, ready: Ready, user: int, item: int, k: int) -> dict[str, Any]:
        """What carries a score."""
        call = partial(ready.explain, user, item, k)
        return await asyncio.get_running_loop().run_in_executor(self._explainer, call)

    def check(self, k: int, several: int = 1) -> None:
        """Whether a request keeps to the limits.

        Raises:
            Refusal: With status 422, if not.
        """
        if k > self.limits.max_k:
            raise Refusal(422, f"'k' needs to be at most {self.limits.max_k} (got {k})")
        if several > self.limits.max_batch:
            told = f"A request may be about {self.limits.max_batch} users or items (got {several})"
            raise Refusal(422, f"{told}. Ask for fewer at a time")

    def close(self) -> None:
        """Let the workers end."""
        self._workers.shutdown(wait=False, cancel_futures=True)
        self._explainer.shutdown(wait=False, cancel_futures=True)


def to_exclude(excluded: Excluded) -> Exclude | None:
    """What :meth:`~pygmmrec.serving.Served.recommend` takes: JSON and addresses say ``none``."""
    return None if excluded == "none" else excluded


def _recommended(wanted: Wanted, users: list[int]) -> list[Any]:
    return wanted.ready.recommend(users, wanted.k, wanted.exclude)


async def _of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Shared = Annotated[Service, Depends(_of)]
"""The service of the application, as a parameter of a route."""
