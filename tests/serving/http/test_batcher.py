"""Requests that wait at a time are answered together, each with its own answers."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from pygmmrec.serving.http.batcher import LARGEST, Batcher, Part


def asked(answer, *questions: tuple[str, list[int]], before=lambda: None, workers: int = 1):
    """The answers to questions that come at a time, or their errors, and the sizes of batches."""
    sizes: list[int] = []

    async def ask() -> list[object]:
        with ThreadPoolExecutor(workers) as pool:
            batcher = Batcher(answer, pool, workers, sizes.append)
            tasks = [asyncio.create_task(batcher.ask(key, users)) for key, users in questions]
            await asyncio.sleep(0.01)
            before()
            return await asyncio.gather(*tasks, return_exceptions=True)

    return asyncio.run(ask()), sizes


def test_what_waits_is_put_together_by_key_and_answered_in_order() -> None:
    go = Event()

    def answer(key: str, users: list[int]) -> list[str]:
        go.wait(5)
        return [f"{key}{user}" for user in users]

    questions = [("a", [0]), ("a", [1, 2]), ("b", [3]), ("a", [4, 1])]
    answers, sizes = asked(answer, *questions, before=go.set)
    assert answers == [["a0"], ["a1", "a2"], ["b3"], ["a4", "a1"]]
    assert sizes == [1, 4, 1]


def test_a_long_question_is_cut_and_put_together_again() -> None:
    answers, sizes = asked(lambda key, users: [-user for user in users], ("a", list(range(120))), workers=2)
    assert answers == [[-user for user in range(120)]]
    assert sizes == [LARGEST, LARGEST, 20]


def test_another_worker_begins_only_where_a_whole_batch_waits() -> None:
    go = Event()

    def answer(key: str, users: list[int]) -> list[int]:
        go.wait(5)
        return users

    few = [("a", [user]) for user in range(LARGEST)]
    answers, sizes = asked(answer, *few, before=go.set, workers=2)
    assert answers == [[user] for user in range(LARGEST)]
    assert sizes == [1, LARGEST - 1]
    go.clear()
    begun: list[list[int]] = []
    many = [("a", [0]), *(("a", [user]) for user in range(LARGEST))]
    _, sizes = asked(answer, *many, before=lambda: (begun.append(list(range(2))), go.set()), workers=2)
    assert sizes == [1, LARGEST]


def test_an_error_reaches_those_who_were_asked_with_it_and_nobody_else() -> None:
    go = Event()

    def answer(key: str, users: list[int]) -> list[int]:
        go.wait(5)
        if key == "bad":
            raise ValueError("no")
        return users

    questions = [("a", [0]), ("bad", [1]), ("a", [2]), ("bad", [3])]
    answers, _ = asked(answer, *questions, before=go.set)
    assert (answers[0], answers[2]) == ([0], [2])
    assert isinstance(answers[1], ValueError)
    assert isinstance(answers[3], ValueError)


def test_who_goes_away_is_not_answered_and_holds_up_nobody() -> None:
    go, seen = Event(), []

    def answer(key: str, users: list[int]) -> list[int]:
        go.wait(5)
        seen.extend(users)
        return users

    async def ask() -> list[int]:
        with ThreadPoolExecutor(1) as pool:
            batcher = Batcher(answer, pool, 1)
            first, gone, last = (asyncio.create_task(batcher.ask("a", [user])) for user in range(3))
            await asyncio.sleep(0.01)
            gone.cancel()
            await asyncio.sleep(0)
            go.set()
            with pytest.raises(asyncio.CancelledError):
                await gone
            return [*await first, *await last]

    assert asyncio.run(ask()) == [0, 2]
    assert seen == [0, 2]


def test_a_part_is_the_users_of_one_request() -> None:
    assert Part._fields == ("key", "users", "answers")
