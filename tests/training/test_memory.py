import mmap
import sys

import numpy as np
import pytest
import torch

from pygmmrec.training.memory import memory_mb, peak_memory_mb, reset_peak_memory

CPU = torch.device("cpu")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the memory in use and lets the peak go")
def test_peak_rises_with_an_allocation_and_can_be_reset() -> None:
    reset_peak_memory(CPU)
    before = memory_mb(CPU)
    block = mmap.mmap(-1, 64 * 2**20)  # not from the C library, which may have kept as much for its next use
    np.frombuffer(block, dtype=np.uint8)[:] = 1
    block.close()
    peak = peak_memory_mb(CPU)
    assert before is not None
    assert peak is not None
    assert 60 < peak - before < 80
    reset_peak_memory(CPU)
    again = peak_memory_mb(CPU)
    assert again is not None
    assert again < peak - 50


def test_some_peak_is_known_on_every_unix() -> None:
    assert sys.platform == "win32" or (peak_memory_mb(CPU) or 0) > 50
