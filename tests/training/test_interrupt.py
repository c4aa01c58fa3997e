import logging
import os
import signal
import threading
from pathlib import Path

import pytest

from pygmmrec.training.interrupt import say_how_to_go_on, termination_raises

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX")


def test_sigterm_ends_the_block() -> None:
    with pytest.raises(SystemExit) as stop, termination_raises():
        os.kill(os.getpid(), signal.SIGTERM)
    assert stop.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_handler_of_somebody_else_stays() -> None:
    seen: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    try:
        with termination_raises():
            os.kill(os.getpid(), signal.SIGTERM)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert seen == [signal.SIGTERM]


def test_other_threads_have_no_signals() -> None:
    failed: list[BaseException] = []

    def look() -> None:
        try:
            with termination_raises():
                assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert failed == []


@pytest.mark.parametrize(
    ("output", "resumes", "remedy"),
    [
        (None, False, "without 'output', nothing is kept"),
        (Path("a"), False, "the same call with resume=True goes on after epoch 2, from a"),
        (Path("a"), True, "the same call goes on after epoch 2, from a"),
    ],
)
def test_the_line(output: Path | None, resumes: bool, remedy: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        say_how_to_go_on("CRANE", 2, output, resumes)
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [f"Interrupted in epoch 3 of CRANE: {remedy}"]
