import pytest
import torch
from torch import nn

from pygmmrec.training.device import single_device
from pygmmrec.training.optimizer import set_up


def test_adam_of_all_weights() -> None:
    model = nn.Linear(2, 3)
    optimizer = set_up(model, single_device("cpu"), 0.5)
    assert [group["lr"] for group in optimizer.param_groups] == [0.5]
    assert sum(weight.numel() for weight in optimizer.param_groups[0]["params"]) == 9


def test_nothing_to_train(caplog: pytest.LogCaptureFixture) -> None:
    assert set_up(nn.ReLU(), single_device("cpu"), 0.5) is None
    assert set_up(nn.Linear(2, 3).requires_grad_(False), single_device(torch.device("cpu")), 0.5) is None
    assert "ReLU has no weight to train: it is scored as it is" in caplog.text
