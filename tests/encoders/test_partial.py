"""What an interrupted call made is on disk, and no more is believed than was written."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from pygmmrec.encoders import partial
from pygmmrec.encoders.partial import Partial

PLAN = {"model": "m", "count": 4}


class Interrupted(Exception):
    """What stops a block."""


def begin(path: Path, batches: int) -> None:
    """So many batches of two rows, and then a stop."""
    with suppress(Interrupted), Partial(path, PLAN) as held:
        matrix = held.create((4, 2))
        for batch in range(batches):
            matrix[2 * batch : 2 * batch + 2] = batch
            held.note()
        raise Interrupted


def test_goes_on_with_what_is_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "new" / "feat.npy"
    begin(path, 1)
    with Partial(path, PLAN) as held:
        assert held.done == 1
        assert held.matrix is not None
        assert np.array_equal(held.matrix[:2], np.zeros((2, 2)))
        assert np.isnan(held.matrix[2:]).all()
        held.matrix[2:] = 1
        held.note()
        digest = held.digest()
        held.publish()
    assert len(digest) == 64
    assert np.load(path).tolist() == [[0, 0], [0, 0], [1, 1], [1, 1]]
    assert list(path.parent.iterdir()) == [path]


def test_rows_of_another_plan_go_only_where_they_may(tmp_path: Path) -> None:
    path, other = tmp_path / "feat.npy", {**PLAN, "model": "n"}
    begin(path, 1)
    message = r"model is 'm' there, and 'n' now.*overwrite=True"
    with pytest.raises(ValueError, match=message), Partial(path, other):
        pass
    with suppress(Interrupted), Partial(path, other, anew=True) as held:
        assert (held.done, held.matrix) == (0, None)
        raise Interrupted
    with Partial(path, PLAN) as held:  # nothing else has been made since
        assert held.done == 1
    with Partial(path, other, anew=True) as held:
        held.create((1, 2))
    with Partial(path, other) as held:
        assert held.matrix is not None
        assert held.matrix.shape == (1, 2)


def test_a_call_that_makes_nothing_leaves_nothing(tmp_path: Path) -> None:
    with suppress(Interrupted), Partial(tmp_path / "feat.npy", PLAN):
        raise Interrupted
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_lost_by_an_interruption_before_the_first_batch(tmp_path: Path) -> None:
    path = tmp_path / "feat.npy"
    with pytest.raises(Interrupted), Partial(path, PLAN):
        raise Interrupted
    begin(path, 2)
    with Partial(path, PLAN) as held:
        assert held.done == 2


def test_a_line_that_was_torn_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "feat.npy"
    begin(path, 1)
    progress = tmp_path / "feat.npy.progress"
    progress.write_bytes(progress.read_bytes() + b"2")
    with suppress(Interrupted), Partial(path, PLAN) as held:
        assert held.done == 1
        raise Interrupted
    assert progress.read_bytes().endswith(b"\n1\n1\n")


def test_damaged_progress_is_no_progress(tmp_path: Path) -> None:
    path = tmp_path / "feat.npy"
    begin(path, 1)
    progress = tmp_path / "feat.npy.progress"
    plan = progress.read_bytes().splitlines()[0]
    for damage in (plan + b"\n\0\0\n", plan + b"\n-1\n", plan + b"\n"):
        progress.write_bytes(damage)
        with Partial(path, PLAN) as held:
            assert (held.done, held.matrix) == (0, None)
    progress.write_bytes(plan[:-5] + b"\n1\n")
    with pytest.raises(ValueError, match="model is None there"), Partial(path, PLAN):
        pass


def test_rows_that_are_gone_are_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "feat.npy"
    begin(path, 1)
    (tmp_path / "feat.npy.partial").unlink()
    with Partial(path, PLAN) as held:
        assert (held.done, held.matrix) == (0, None)


def test_progress_is_noted_now_and_then(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "feat.npy"
    with Partial(path, PLAN) as held:
        held.note()  # of no row
        held.create((4, 2))
        held.note()
        lines = (tmp_path / "feat.npy.progress").read_bytes().splitlines()
        assert len(lines) == 1
        monkeypatch.setattr(partial, "SECONDS", 0)
        held.note()
        assert (tmp_path / "feat.npy.progress").read_bytes().splitlines()[1:] == [b"3"]


def test_a_large_file_is_written_in_blocks(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(partial, "BLOCK", 3)
    with Partial(tmp_path / "feat.npy", PLAN) as held:
        matrix = held.create((4, 2))
        assert matrix.shape == (4, 2)
        assert np.isnan(matrix).all()


def test_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "feat.npy"
    with Partial(path, PLAN), pytest.raises(ValueError, match="no other process makes"), Partial(path, PLAN):
        pass
