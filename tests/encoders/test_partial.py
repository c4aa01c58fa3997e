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


def test_another_plan_begins_anew(tmp_path: Path, caplog) -> None:
    path = tmp_path / "feat.npy"
    begin(path, 1)
    with caplog.at_level("INFO", logger="pygmmrec"), Partial(path, {**PLAN, "model": "n"}) as held:
        assert (held.done, held.matrix) == (0, None)
    assert "of other settings" in caplog.text


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
