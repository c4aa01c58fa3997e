import functools
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim.lr_scheduler import StepLR
from torch_geometric.data import HeteroData

from pygmmrec.models import CRANE, FREEDOM, LightGCN
from pygmmrec.training.settings import Settings, own_epoch_transform
from pygmmrec.transforms import DropEdge
from pygmmrec.typing import HELD_OUT, INTERACTS, TEST, VALID

DEFAULTS: dict[str, Any] = {
    "epochs": 3, "batch_size": 64, "lr": 0.1, "patience": 2, "monitor": "recall@20", "ks": None,
    "exclude": "train", "test": True, "seed": 0, "precision": "32-true", "optimizer": "Adam",
    "scheduler": None, "param_groups": None, "weight_decay": 0.0, "clip_norm": None, "output": None,
    "resume": False, "dataset": "toy", "bundle": True, "progress": False,
}  # fmt: skip


def settings(**changes: Any) -> Settings:
    return Settings(**{**DEFAULTS, **changes})


def test_numpy_and_paths_become_plain(prepared: HeteroData) -> None:
    found = settings(
        epochs=np.int64(2), batch_size=torch.tensor(8), lr=np.float32(0.5), patience=np.int32(4),
        monitor=np.str_("ndcg@5"), ks=np.array([5, 20]), seed=np.uint8(3), dataset=Path("baby"),
        resume=np.bool_(False), output=Path("runs"), weight_decay=np.float32(0.5),
        clip_norm=torch.tensor(2.0), optimizer={"name": "Adam", "betas": np.array([0.5, 0.75])},
        param_groups={"out": {"lr": np.float64(1)}}, scheduler=functools.partial(StepLR, step_size=2),
    )  # fmt: skip
    found.fit_to(prepared)
    expected = {
        "batch_size": 8, "lr": 0.5, "patience": 4, "monitor": "ndcg@5", "ks": [5, 20], "exclude": "train",
        "seed": 3, "precision": "32-true", "dataset": "baby", "weight_decay": 0.5, "clip_norm": 2.0,
        "optimizer": {"name": "Adam", "betas": [0.5, 0.75]}, "scheduler": "StepLR(step_size=2)",
        "param_groups": {"out": {"lr": 1.0}},
    }  # fmt: skip
    assert found.config == expected
    assert all(type(found.config[name]) is type(value) for name, value in expected.items())
    assert (found.epochs, found.folder, found.details_k, found.resume) == (2, Path("runs"), 5, False)


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
        ({"resume": True}, "'output' needs to be a folder where 'resume' is set"),
    ],
)
def test_arguments_out_of_bounds(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settings(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ks": (5, 81)}, "'ks' needs to be between 1 and"),
        ({"ks": (5,)}, r"'monitor' needs to be None or one of \['recall@5', .*\(got 'recall@20'\)"),
        ({"monitor": 20}, "'monitor' needs to be None or one of"),
        ({"exclude": "test"}, "'exclude' needs to be None or one of"),
    ],
)
def test_what_the_graph_does_not_allow(prepared: HeteroData, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settings(**changes).fit_to(prepared)


def test_a_small_catalogue(toy_data, caplog: pytest.LogCaptureFixture) -> None:
    data = toy_data()
    for part in HELD_OUT:
        data[INTERACTS][part] = torch.tensor([[0], [1]])
    found = settings()
    with caplog.at_level(logging.INFO, logger="pygmmrec"):
        found.fit_to(data)
    assert (found.ks, found.monitor) == ((5, 10), "recall@10")
    assert "There are 11 items: recall@10 chooses the epoch" in caplog.text


def test_no_held_out_pairs(toy_data, caplog: pytest.LogCaptureFixture) -> None:
    found = settings()
    assert found.fit_to(toy_data()) == {}
    assert (found.monitor, found.test, found.details_k) == (None, False, 10)
    assert "No validation pairs: all 3 epochs are trained, and the last weights kept" in caplog.text
    assert "No test pairs" in caplog.text
    caplog.clear()
    settings(monitor=None, test=False).fit_to(toy_data())
    assert caplog.text == ""


def test_held_out_pairs_that_are_not_said_to_be_none(toy_data) -> None:
    data = toy_data()
    del data[INTERACTS][TEST]
    with pytest.raises(
        ValueError, match=r"held-out pairs 'test_label_index' .*without columns where nothing"
    ):
        settings().fit_to(data)


def test_users_that_are_all_cold(toy_data, edge_index) -> None:
    data = toy_data(edge_index, 5, 4)
    data[INTERACTS][VALID] = torch.tensor([[4], [0]])
    with pytest.raises(ValueError, match=r"'valid' have training edges .*1 users.*'monitor=None'"):
        settings().fit_to(data)
    data[INTERACTS][TEST] = data[INTERACTS][VALID]
    with pytest.raises(ValueError, match="'test=False' trains without a test"):
        settings(monitor=None).fit_to(data)
    assert settings(monitor=None, test=False).fit_to(data) == {}


def test_epoch_transforms(toy_data, caplog: pytest.LogCaptureFixture) -> None:
    model, plain = FREEDOM.from_data(toy_data()), LightGCN.from_data(toy_data())
    given = DropEdge(0.2)
    assert own_epoch_transform(given, model) is given
    with caplog.at_level(logging.INFO, logger="pygmmrec"):
        assert own_epoch_transform(None, plain) is None
        assert own_epoch_transform("default", plain) is None
        assert caplog.text == ""
        assert own_epoch_transform(None, model) is None
        assert (
            "'epoch_transform=None': training on the whole graph, without FREEDOM.epoch_trans" in caplog.text
        )
        assert "AdaptiveDropEdge" in repr(own_epoch_transform("default", model))


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        (FREEDOM.epoch_transform, r"Call it: epoch_transform=FREEDOM\.epoch_transform\(\)"),
        (CRANE.epoch_transform, r"Call it: epoch_transform=CRANE\.epoch_transform\(\)"),
        (DropEdge, r"Call it: epoch_transform=DropEdge\(\)"),
        (lambda data: data, "Derive it from BaseTransform"),
        ("none", "is the default"),
        (True, "is the default"),
        (HeteroData(), "is the default"),
    ],
)
def test_what_is_no_epoch_transform(toy_data, given: Any, remedy: str) -> None:
    model = FREEDOM.from_data(toy_data())
    with pytest.raises(ValueError, match=r"'epoch_transform' needs to be a transform, .*" + remedy):
        own_epoch_transform(given, model)
