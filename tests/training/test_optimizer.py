import functools
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import ReduceLROnPlateau, StepLR

from pygmmrec.training.optimizer import Schedule, make_optimizer


def model() -> nn.Module:
    return nn.ModuleDict(
        {"item_graph": nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1)), "out": nn.Linear(1, 1)}
    )


def make(optimizer: Any = "Adam", *, of: nn.Module | None = None, **options: Any) -> Any:
    given = {"lr": 0.5, "weight_decay": 0.0, "param_groups": None, **options}
    return make_optimizer(model() if of is None else of, optimizer, **given)


def test_all_weights_of_a_model() -> None:
    optimizer = make()
    assert isinstance(optimizer, torch.optim.Adam)
    assert [(group["lr"], group["fused"]) for group in optimizer.param_groups] == [(0.5, True)]
    assert sum(weight.numel() for weight in optimizer.param_groups[0]["params"]) == 15


def test_by_name_by_options_and_by_what_makes_one() -> None:
    assert type(make("AdamW", weight_decay=0.1)) is torch.optim.AdamW
    assert make("AdamW", weight_decay=0.1).param_groups[0]["weight_decay"] == 0.1
    assert make({"name": "Adam", "betas": (0.5, 0.6), "fused": False}).param_groups[0]["betas"] == (0.5, 0.6)
    assert make(functools.partial(torch.optim.SGD, momentum=0.9)).param_groups[0]["momentum"] == 0.9


def test_modules_with_options_of_their_own() -> None:
    groups = {"item_graph": {"lr": 0.1}, "item_graph.1.bias": {"lr": 0.2, "weight_decay": 0.3}}
    optimizer = make(param_groups=groups)
    found = [
        (g["lr"], g["weight_decay"], sum(w.numel() for w in g["params"])) for g in optimizer.param_groups
    ]
    assert found == [(0.1, 0.0, 12), (0.2, 0.3, 1), (0.5, 0.0, 2)]
    frozen = model()
    frozen["out"].requires_grad_(False)
    assert len(make(of=frozen, param_groups={"item_graph": {"lr": 0.1}}).param_groups) == 1


def test_nothing_to_train(caplog: pytest.LogCaptureFixture) -> None:
    assert make(of=nn.ReLU()) is None
    assert make(of=nn.Linear(2, 3).requires_grad_(False)) is None
    assert "ReLU has no weight to train: it is scored as it is" in caplog.text


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"optimizer": "Adamm"}, ValueError, r"'optimizer' needs to be a class of torch.optim, by .*'Adamm'"),
        ({"optimizer": "Optimizer.step"}, ValueError, "'optimizer' needs to be"),
        ({"optimizer": {"betas": (0, 1)}}, ValueError, "'optimizer' needs to be"),
        ({"optimizer": {"name": "Adam", "beta": 1}}, TypeError, "no argument 'beta'. Did you mean 'betas'"),
        ({"optimizer": lambda groups: 1}, ValueError, "'optimizer' needs to be what makes a torch optimiser"),
        ({"param_groups": {"rca": {}}}, ValueError, r"modules or weights .* \['item_graph', 'out'\].*'rca'"),
        ({"param_groups": {"item": {}}}, ValueError, "'param_groups' needs to be of modules"),
        ({"param_groups": {"out": {"rate": 1}}}, ValueError, r"'param_groups' needs .*got \['rate'\]"),
        ({"param_groups": {"out": {"lr": "1"}}}, ValueError, "'lr' needs to be a number"),
        ({"param_groups": {"out": {"params": []}}}, ValueError, "without 'params'"),
    ],
)
def test_what_is_wrong(given: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        make(given.pop("optimizer", "Adam"), **given)


def rates(scheduler: Any, values: list[float | None]) -> list[float]:
    optimizer = make("SGD", lr=1.0)
    schedule, found = Schedule(scheduler, optimizer), []
    for value in values:
        optimizer.step()
        schedule.step(value)
        found.append(optimizer.param_groups[0]["lr"])
    return found


def test_a_schedule_moves_the_rate_at_the_end_of_epochs() -> None:
    by_name = rates({"name": "StepLR", "step_size": 2, "gamma": 0.5}, [None] * 4)
    assert (
        by_name == rates(functools.partial(StepLR, step_size=2, gamma=0.5), [None] * 4) == [1, 0.5, 0.5, 0.25]
    )
    assert rates(None, [None]) == [1.0]


def test_a_plateau_is_of_a_metric_that_is_to_rise() -> None:
    plateau = {"name": "ReduceLROnPlateau", "patience": 0, "factor": 0.5}
    assert rates(plateau, [0.1, 0.2, 0.2, 0.3]) == [1.0, 1.0, 0.5, 0.5]
    with pytest.raises(ValueError, match="one with mode='max'"):
        rates(functools.partial(ReduceLROnPlateau, mode="min"), [])
    assert rates(plateau, [0.2, None, None, 0.2]) == [1.0, 1.0, 1.0, 0.5]  # epochs without validation
    assert Schedule(plateau, make("SGD", lr=1.0)).watches
    assert not Schedule("ConstantLR", make("SGD", lr=1.0)).watches
    with pytest.raises(ValueError, match=r"'scheduler' needs to be a class of torch.optim.lr_scheduler"):
        rates("Step", [])


def test_a_schedule_goes_on() -> None:
    optimizer = make("SGD", lr=1.0)
    schedule = Schedule({"name": "StepLR", "step_size": 3}, optimizer)
    optimizer.step()
    schedule.step(None)
    other = Schedule({"name": "StepLR", "step_size": 3}, make("SGD", lr=1.0))
    other.load_state_dict(schedule.state_dict())
    assert other.state_dict() == schedule.state_dict()
    assert other.state_dict()["last_epoch"] == 1
