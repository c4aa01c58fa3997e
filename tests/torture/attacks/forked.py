"""Functions in a forked process, which may be killed there without harm to the tests."""

from __future__ import annotations

import os
import signal
import time
import traceback
from collections.abc import Callable
from pathlib import Path

LIMIT = 300.0
"""Seconds after which a process hangs."""


class Forked:
    """A function that runs in a process of its own, which this one was copied to.

    Args:
        function: What to run; the exit status is 0 if it returns, and 3 if it raises.
        log: Where its output goes, appended.
    """

    def __init__(self, function: Callable[[], object], log: Path) -> None:
        self.log = log
        self.process = os.fork()
        if self.process == 0:
            status = 3
            try:
                handle = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
                os.dup2(handle, 1)
                os.dup2(handle, 2)
                function()
                status = 0
            except BaseException:
                os.write(2, traceback.format_exc().encode())
            finally:  # whatever happens, it must not go on as a second run of the tests
                os._exit(status)

    def wait(self, seconds: float = LIMIT) -> int | None:
        """The exit status, negative after a signal; None if it still runs after so long."""
        end = time.monotonic() + seconds
        while True:
            found, status = os.waitpid(self.process, os.WNOHANG)
            if found:
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > end:
                return None
            time.sleep(0.002)

    def kill(self) -> int | None:
        """Kill it, as the system does when memory runs out."""
        os.kill(self.process, signal.SIGKILL)
        return self.wait()

    def result(self) -> int:
        """Wait for the end, and kill what hangs."""
        status = self.wait()
        if status is None:
            self.kill()
            raise AssertionError(f"hangs after {LIMIT:.0f} s: {self.said()}")
        return status

    def said(self) -> str:
        """The end of its output."""
        return self.log.read_text()[-2000:] if self.log.exists() else ""
