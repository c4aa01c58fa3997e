"""Every option of a training run is looked at before any work."""

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch_geometric.data import HeteroData

from pygmmrec.training import Options
from pygmmrec.training.option_checks import CHECKS


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 1.5}, "'epochs' needs to be an integer in 'Run' .*1.5"),
        ({"epochs": True}, "'epochs' needs to be an integer"),
        ({"epochs": "3"}, "'epochs' needs to be an integer"),
        ({"batch_size": 0}, "'batch_size' needs to be at least 1"),
        ({"batch_size": None}, "'batch_size' needs to be an integer"),
        ({"lr": float("inf")}, "'lr' needs to be finite"),
        ({"lr": float("nan")}, "'lr' needs to be positive"),
        ({"lr": "1e-3"}, "'lr' needs to be a number"),
        ({"weight_decay": -1}, "'weight_decay' needs to be at least 0"),
        ({"clip_norm": 0}, "'clip_norm' needs to be positive"),
        ({"param_groups": ["out"]}, "'param_groups' needs to be a mapping of modules to options"),
        ({"patience": float("inf")}, "'patience' needs to be an integer"),
        ({"seed": -1}, "'seed' needs to be between 0 and"),
        ({"seed": 0.0}, "'seed' needs to be an integer"),
        ({"seed": None}, "'seed' needs to be an integer"),
        ({"test": 1}, "'test' needs to be True or False"),
        ({"resume": "yes"}, "'resume' needs to be True or False"),
        ({"progress": None}, "'progress' needs to be True or False"),
        ({"dataset": None}, "'dataset' needs to be a name"),
        ({"dataset": HeteroData()}, "'dataset' needs to be a name"),
        ({"output": 3}, "'output' needs to be the path of a folder, or None"),
        ({"valid_every": 0}, "'valid_every' needs to be at least 1"),
        ({"valid_users": 0.5}, "'valid_users' needs to be an integer"),
        ({"num_negatives": 0}, "'num_negatives' needs to be at least 1"),
        ({"checkpoint": "last"}, "'checkpoint' needs to be 'best', 'every' or a number of epochs"),
        ({"checkpoint": 0}, "'checkpoint' needs to be at least 1"),
        ({"checkpoint": 2}, "'output' needs to be a folder where 'checkpoint' keeps weights"),
        ({"metrics": "recall"}, "'metrics' needs to be a list"),
        ({"callbacks": 3}, "'callbacks' needs to be a list"),
        ({"resume": True}, "'output' needs to be a folder where 'resume' is set"),
    ],
)
def test_arguments_out_of_bounds(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Options(**changes)


def test_checks_are_of_options_and_give_plain_values() -> None:
    assert set(CHECKS) <= {option.name for option in fields(Options)}
    assert type(CHECKS["lr"](np.float32(0.5), "lr")) is float
    assert CHECKS["output"](Path("runs"), "output") == "runs"
    assert CHECKS["clip_norm"](None, "clip_norm") is None
