"""Where an encoder runs."""

import pytest
import torch

from pygmmrec.encoders.device import as_device, device_name, same_bits


def test_auto_is_a_gpu_where_there_is_one(monkeypatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert as_device("auto") == torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert as_device("auto") == as_device("cpu") == as_device(torch.device("cpu")) == torch.device("cpu")


@pytest.mark.parametrize("device", ["gpu", "cuda:99", 1.5, None])
def test_a_device_that_is_not_there_is_an_error(device: object) -> None:
    with pytest.raises(ValueError, match="'device' needs to be one of torch's"):
        as_device(device)


def test_the_name_says_which_processor() -> None:
    assert device_name(torch.device("cpu")) == "cpu"


def test_convolutions_are_the_same_to_the_bit_for_a_while(monkeypatch) -> None:
    flags = torch.backends.cudnn
    monkeypatch.setattr(flags, "benchmark", True)
    with same_bits():
        assert (flags.benchmark, flags.deterministic) == (False, True)
    assert (flags.benchmark, flags.deterministic) == (True, False)
