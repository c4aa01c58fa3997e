import functools
import logging
import os
import threading
from pathlib import Path

import joblib
import pytest
import torch

from pygmmrec.experiment.runs.pieces import DIED, Done, Piece, in_one_process, run_pieces


def say(text: str) -> tuple[str, int]:
    logging.getLogger("pygmmrec.test").warning("says %s", text)
    return text, threading.get_ident()


def fail() -> None:
    raise KeyError("nothing")


def pieces(folder: Path) -> list[Piece]:
    calls = {"a": functools.partial(say, "a"), "bad": fail, "b": functools.partial(say, "b")}
    return [Piece(name, call, folder / "logs" / f"{name}.txt") for name, call in calls.items()]


def test_one_that_fails_is_logged_and_the_others_go_on(tmp_path: Path) -> None:
    done = list(run_pieces(pieces(tmp_path)))
    assert [each.name for each in done] == ["a", "bad", "b"]
    assert [each.error for each in done] == [None, "KeyError: 'nothing'", None]
    assert done[0].value == ("a", threading.get_ident())
    assert "says a" in (tmp_path / "logs" / "a.txt").read_text()
    assert "Traceback" in (tmp_path / "logs" / "bad.txt").read_text()
    assert sorted(path.name for path in (tmp_path / "logs").iterdir()) == ["a.txt", "b.txt", "bad.txt"]


def test_threads_of_joblib(tmp_path: Path) -> None:
    threads = torch.get_num_threads()
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert in_one_process()
        done = {each.name: each for each in run_pieces(pieces(tmp_path))}
    assert set(done) == {"a", "bad", "b"}
    assert done["a"].value[1] != threading.get_ident()
    assert done["bad"].error == "KeyError: 'nothing'"
    assert "says b" not in (tmp_path / "logs" / "a.txt").read_text()
    assert torch.get_num_threads() == threads
    assert in_one_process(1)
    assert not in_one_process(2)


def test_processes_and_one_that_ends_its_own(tmp_path: Path) -> None:
    calls = {"a": functools.partial(os.getpid), "dead": functools.partial(os._exit, 7)}
    work = [Piece(name, call, tmp_path / f"{name}.txt") for name, call in calls.items()]
    done = {each.name: each for each in run_pieces(work, 2)}
    assert done["dead"] == Done("dead", None, DIED)
    assert done["a"].error is None
    assert done["a"].value != os.getpid()


def test_an_interrupt_is_not_taken_for_a_failure(tmp_path: Path) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run_pieces([Piece("a", interrupt, tmp_path / "a.txt")]))
