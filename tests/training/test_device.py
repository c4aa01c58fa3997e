import pytest
import torch

from pygmmrec.training.device import single_device


def test_cpu_and_precision() -> None:
    fabric = single_device("cpu", "bf16-mixed")
    assert fabric.device == torch.device("cpu")
    with fabric.autocast():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16


def test_auto_finds_something() -> None:
    assert single_device("auto").device.type == ("cuda" if torch.cuda.is_available() else "cpu")


@pytest.mark.parametrize("name", ["tpu", "cuda:x", "mps", ""])
def test_unknown(name: str) -> None:
    with pytest.raises(ValueError, match=rf"'device' needs to be one of .* \(got '{name}'\)"):
        single_device(name)


def test_not_on_this_machine() -> None:
    name = f"cuda:{torch.cuda.device_count()}"
    with pytest.raises(
        ValueError, match=r"'device' needs to be a device of this machine .*Use 'auto' or 'cpu'"
    ):
        single_device(name)


def test_a_device_of_torch_and_the_one_cpu() -> None:
    for device in (torch.device("cpu"), "cpu:0", torch.device("cpu:0")):
        assert single_device(device).device.type == "cpu"


@pytest.mark.parametrize("device", ["cpu:1", "cpu:", "cuda:-1", "cuda:1.5", 0, None, torch.device("meta")])
def test_no_such_device(device: object) -> None:
    with pytest.raises(ValueError, match="'device' needs to be"):
        single_device(device)  # type: ignore[arg-type]
