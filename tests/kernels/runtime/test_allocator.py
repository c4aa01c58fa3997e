"""A block that is freed stays with the process, until it gives all of them back."""

import os
import subprocess
import sys

import pytest

from pygmmrec.kernels.runtime.allocator import keep_freed_memory

SCRIPT = """
import resource, torch
from pygmmrec.kernels.runtime.allocator import keep_freed_memory

if {keep}:
    assert keep_freed_memory()
torch.set_num_threads(1)

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):  # eight tables of 4 MB, made and freed
        tables = [torch.ones(1_000_000) for _ in range(8)]
        del tables
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

faults()
print(faults())
"""


def page_faults(keep: bool) -> int:
    """Faults of 20 steps. The environment fixes glibc's threshold, which else moves with what came before."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(keep=keep)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "MALLOC_MMAP_THRESHOLD_": str(128 * 1024)},
    )
    return int(done.stdout)


@pytest.mark.skipif(not keep_freed_memory(), reason="the C library has no mallopt")
def test_keep_freed_memory_saves_the_page_faults_of_later_steps():
    assert page_faults(keep=True) < 100 < page_faults(keep=False)


RESIDENT = """
import torch
from pygmmrec.kernels.runtime.allocator import keep_freed_memory, return_freed_memory
from pygmmrec.training.memory import memory_mb

keep_freed_memory()
tables = [torch.ones(1_000_000) for _ in range(50)]
del tables
before = memory_mb(torch.device("cpu"))
assert return_freed_memory()
print(before - memory_mb(torch.device("cpu")))
"""


@pytest.mark.skipif(not keep_freed_memory(), reason="the C library has no mallopt")
def test_return_freed_memory_gives_back_what_was_kept():
    done = subprocess.run([sys.executable, "-c", RESIDENT], check=True, capture_output=True, text=True)
    assert float(done.stdout) > 150  # of 200 MB
