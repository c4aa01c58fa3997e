"""A load generator: requests that leave on time, whether or not earlier ones have been answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple


class Answer(NamedTuple):
    """Seconds from when a request was due until its last byte was there, and its status; 0 if it was lost."""

    due: float
    seconds: float
    status: int


async def send(host: str, port: int, rate: float, seconds: float, path: Callable[[int], str]) -> list[Answer]:
    """Send requests at a rate over connections that are kept open, and wait for all answers.

    A request is timed from when it was due, so that one that waits for a free connection counts that too.

    Args:
        host: Of the server.
        port: Its port.
        rate: Requests a second.
        seconds: For how long.
        path: Address of each request, by number.
    """
    free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
    start, tasks = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        due = number / rate
        wait = start + due - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(_one(host, port, path(number), start, due, free)))
    answers = await asyncio.gather(*tasks)
    for _, writer in free:
        writer.close()
    return answers


async def _one(host: str, port: int, path: str, start: float, due: float, free: list) -> Answer:
    try:
        reader, writer = free.pop() if free else await asyncio.open_connection(host, port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        free.append((reader, writer))
        return Answer(due, time.perf_counter() - start - due, int(head.split(b" ", 2)[1]))
    except (OSError, asyncio.IncompleteReadError):
        return Answer(due, time.perf_counter() - start - due, 0)
