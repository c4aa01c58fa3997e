"""Which kernels are used: compiled ones where the device and the type allow."""

import pytest
import torch

from pygmmrec.kernels.runtime import dispatch
from pygmmrec.kernels.runtime.dispatch import compiles


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_compiled_kernels_serve_the_cpu(dtype) -> None:
    assert compiles(torch.ones(1, dtype=dtype))


def test_other_types_and_devices_are_left_to_torch() -> None:
    assert not compiles(torch.ones(1, dtype=torch.bfloat16))
    assert not compiles(torch.ones(1, device="meta"))


def test_they_can_be_switched_off(monkeypatch) -> None:
    monkeypatch.setattr(dispatch, "COMPILE", False)
    assert not compiles(torch.ones(1))
