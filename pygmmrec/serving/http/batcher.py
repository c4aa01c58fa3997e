"""Requests that come at a time are answered together: items are read once for all of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Executor
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

K = TypeVar("K", bound=Hashable)

LARGEST = 50
"""Users that are answered at once, at most. More wait longer for each other than they gain."""


class Part(NamedTuple):
    """Users of one request, and where their answers go."""

    key: Any
    users: list[int]
    answers: asyncio.Future[list[Any]]


class Batcher(Generic[K]):
    """Puts users of several requests together while others are answered; until then, nobody waits.

    A single user costs a sweep over all items, and ten in a batch little more. Therefore a second worker
    begins only where a whole batch waits: two that answer a few users each would keep two cores busy with
    what one does.

    Only to be used in one event loop.

    Args:
        answer: Gives the answers of users that share a key, in their order. It runs in a worker.
        workers: Runs it.
        num_workers: How many there are.
        seen: Called with the number of users of each batch.
    """

    def __init__(
        self,
        answer: Callable[[K, list[int]], list[Any]],
        workers: Executor,
        num_workers: int,
        seen: Callable[[int], None] = lambda size: None,
    ) -> None:
        self._answer, self._workers, self._seen = answer, workers, seen
        self._free, self._running = num_workers, 0
        self._waiting: deque[Part] = deque()

    async def ask(self, key: K, users: list[int]) -> list[Any]:
        """The answers of some users, in their order.

        Args:
            key: What the users of a batch have in common, such as the length of lists.
            users: The users.
        """
        loop = asyncio.get_running_loop()
        parts = [
            Part(key, users[start : start + LARGEST], loop.create_future())
            for start in range(0, len(users), LARGEST)
        ]
        self._waiting.extend(parts)
        self._start(loop)
        answers = await asyncio.gather(*(part.answers for part in parts))
        return [each for part in answers for each in part]

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._free and self._waiting and (not self._running or self._is_whole()):
            taken = self._take()
            if not taken:
                continue
            users = [user for part in taken for user in part.users]
            self._free, self._running = self._free - 1, self._running + 1
            self._seen(len(users))
            done = loop.run_in_executor(self._workers, self._answer, taken[0].key, users)
            done.add_done_callback(partial(self._finish, loop, taken))

    def _is_whole(self) -> bool:
        return sum(len(part.users) for part in self._waiting) >= LARGEST

    def _take(self) -> list[Part]:
        """The parts that have waited longest and share a key, without those that nobody waits for."""
        taken: list[Part] = []
        size, left = 0, deque[Part]()
        for part in self._waiting:
            if part.answers.done():  # cancelled
                continue
            fits = not taken or (part.key == taken[0].key and size + len(part.users) <= LARGEST)
            (taken if fits else left).append(part)
            size += len(part.users) if fits else 0
        self._waiting = left
        return taken

    def _finish(
        self, loop: asyncio.AbstractEventLoop, taken: list[Part], done: asyncio.Future[list[Any]]
    ) -> None:
        self._free, self._running = self._free + 1, self._running - 1
        error = asyncio.CancelledError() if done.cancelled() else done.exception()
        answers = [] if error else done.result()
        for part in taken:
            mine, answers = answers[: len(part.users)], answers[len(part.users) :]
            if part.answers.done():
                continue
            if error is None:
                part.answers.set_result(mine)
            elif isinstance(error, asyncio.CancelledError):
                part.answers.cancel()
            else:
                part.answers.set_exception(error)
        self._start(loop)
