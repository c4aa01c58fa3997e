"""Parts run on torch's threads where they can, on Python's elsewhere, and an error in any comes out."""

import os
import subprocess
import sys
import threading
from itertools import pairwise

import pytest
import torch

from pygmmrec.kernels.runtime import threads
from pygmmrec.kernels.runtime.threads import in_parts


@pytest.fixture(params=["torch", "python"])
def kind(request, monkeypatch) -> str:
    """Whose threads are used; torch computes on three."""
    if request.param == "python":
        monkeypatch.setattr(threads, "_openmp", lambda: None)
    elif threads._openmp() is None:
        pytest.skip("torch computes on threads of another library")
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.parametrize("bounds", [[0, 5], [0, 2, 5], [0, 2, 2, 9], [3, 4, 5, 6, 7, 8]])
def test_every_part_is_called_once(kind, bounds) -> None:
    seen = []
    in_parts(lambda start, stop: seen.append((start, stop)), bounds)
    assert sorted(seen) == sorted(pairwise(bounds))


def test_parts_run_at_once(kind) -> None:
    meeting = threading.Barrier(3)  # which no thread passes alone
    in_parts(lambda start, stop: meeting.wait(timeout=60), [0, 1, 2, 3])
    assert not meeting.broken


@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_an_error_in_any_part_comes_out(kind, wrong) -> None:
    def part(start: int, stop: int) -> None:
        if start == wrong:
            raise KeyError("a part")

    with pytest.raises(KeyError, match="a part"):
        in_parts(part, [0, 1, 2, 3])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_has_threads_of_its_own() -> None:
    script = """
import os, torch
from pygmmrec.kernels.runtime.threads import in_parts

torch.set_num_threads(2)
torch.ones(1000, 1000) @ torch.ones(1000, 1000)
seen = []
in_parts(lambda start, stop: seen.append(start), [0, 1, 2])
child = os.fork()
if child == 0:
    in_parts(lambda start, stop: seen.append(start), [2, 3, 4])
    os._exit(0 if sorted(seen) == [0, 1, 2, 3] else 1)
assert os.waitpid(child, 0)[1] == 0
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
