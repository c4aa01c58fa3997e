"""Who does a piece of work, so that work of a dead process can be told from that of a living one."""

from __future__ import annotations

import os
import platform
from functools import cache
from pathlib import Path

PROC = Path("/proc")

Owner = dict[str, str | int | None]
"""``machine``, ``pid``, and when the process ``started``, since numbers of processes are used again."""


@cache
def machine() -> str:
    """The name of this machine; of a container too, whose processes have numbers of their own."""
    try:
        numbers = os.readlink(PROC / "self" / "ns" / "pid")
    except OSError:
        numbers = ""
    return f"{platform.node()} {numbers}".strip()


def owner() -> Owner:
    """This process."""
    return {"machine": machine(), "pid": os.getpid(), "started": started(os.getpid())}


def is_dead(who: Owner) -> bool:
    """Whether a process is known to have ended; of one on another machine nothing is known."""
    pid = who["pid"]
    if who["machine"] != machine() or not isinstance(pid, int):
        return False
    if (PROC / "self" / "stat").is_file():
        return started(pid) != who["started"]
    if os.name != "posix":
        return False  # nothing tells it
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def started(pid: int) -> str | None:
    """When a running process started, in ticks; ``None`` if it has ended, or nothing tells it."""
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]  # a zombie has ended
