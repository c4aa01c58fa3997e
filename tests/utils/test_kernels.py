"""Which kernels are used: compiled ones where numba, the device and the type allow."""

import importlib.util

import pytest
import torch

from pygmmrec.utils import kernels

INSTALLED = importlib.util.find_spec("numba") is not None


@pytest.mark.parametrize("name", ["spmm_numba", "top_k_numba"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_compiled_kernels_are_there_if_numba_is(name, dtype) -> None:
    found = kernels.compiled(name, torch.ones(1, dtype=dtype))
    assert (found is not None) == INSTALLED
    assert found is None or found.__name__ == f"pygmmrec.utils.{name}"


def test_other_types_and_devices_are_left_to_torch() -> None:
    assert kernels.compiled("spmm_numba", torch.ones(1, dtype=torch.bfloat16)) is None
    assert kernels.compiled("spmm_numba", torch.ones(1, device="meta")) is None


def test_they_can_be_switched_off(monkeypatch) -> None:
    monkeypatch.setattr(kernels, "COMPILE", False)
    assert kernels.compiled("spmm_numba", torch.ones(1)) is None
