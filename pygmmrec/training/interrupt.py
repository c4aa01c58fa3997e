"""What happens to a run on Ctrl-C and SIGTERM."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

logger = logging.getLogger(__name__)


@contextmanager
def termination_raises() -> Iterator[None]:
    """Let SIGTERM end the block as :class:`SystemExit`, so that what is open is closed.

    Only in the main thread, and only where nobody handles that signal already.
    """
    main = threading.current_thread() is threading.main_thread()
    ours = main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if ours:
        signal.signal(signal.SIGTERM, _exit)
    try:
        yield
    finally:
        if ours and signal.getsignal(signal.SIGTERM) is _exit:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _exit(number: int, frame: FrameType | None) -> None:
    sys.exit(128 + number)


def say_how_to_go_on(model: str, done: int, output: Path | None, resumes: bool) -> None:
    """Log the one line that an interrupted run ends with.

    Args:
        model: Its name.
        done: Epochs that are over.
        output: The folder of the run.
        resumes: Whether the call that was interrupted resumes already.
    """
    line = f"Interrupted in epoch {done + 1} of {model}"
    if output is None:
        logger.warning("%s: without 'output', nothing is kept", line)
    else:
        call = "the same call" if resumes else "the same call with resume=True"
        logger.warning("%s: %s goes on after epoch %d, from %s", line, call, done, output)
