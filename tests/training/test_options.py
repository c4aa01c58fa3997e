import functools
import inspect
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
from torch.optim.lr_scheduler import StepLR
from torch_geometric.data import HeteroData

from pygmmrec.training import Options, Run, fit
from pygmmrec.training.options import NOT_OF_THE_RESULT
from pygmmrec.training.settle import settle


def test_numpy_and_paths_become_plain(prepared: HeteroData) -> None:
    given = Options(
        epochs=np.int64(2), batch_size=torch.tensor(8), lr=np.float32(0.5), patience=np.int32(4),
        monitor=np.str_("ndcg@5"), ks=np.array([5, 20]), seed=np.uint8(3), dataset=Path("baby"),
        resume=np.bool_(False), output=Path("runs"), weight_decay=np.float32(0.5),
        clip_norm=torch.tensor(2.0), optimizer={"name": "Adam", "betas": np.array([0.5, 0.75])},
        param_groups={"out": {"lr": np.float64(1)}}, scheduler=functools.partial(StepLR, step_size=2),
    )  # fmt: skip
    found = settle(given, prepared).options
    expected = {
        "batch_size": 8, "lr": 0.5, "patience": 4, "monitor": "ndcg@5", "ks": [5, 20], "exclude": "train",
        "seed": 3, "precision": "32-true", "dataset": "baby", "weight_decay": 0.5, "clip_norm": 2.0,
        "optimizer": {"name": "Adam", "betas": [0.5, 0.75]}, "scheduler": "StepLR(step_size=2)",
        "param_groups": {"out": {"lr": 1.0}},
    }  # fmt: skip
    config = found.config
    assert {name: config[name] for name in expected} == expected
    assert all(type(config[name]) is type(value) for name, value in expected.items())
    assert (found.epochs, found.folder, found.details_k, found.resume) == (2, Path("runs"), 5, False)


def test_what_decides_the_result_is_all_but_what_is_named() -> None:
    names = {option.name for option in fields(Options)}
    assert set(Options().config) == names - NOT_OF_THE_RESULT
    assert names >= NOT_OF_THE_RESULT


def test_every_option_has_a_sentence_that_says_its_default() -> None:
    source = inspect.getsource(Options)
    for option in fields(Options):
        said = source.partition(f"    {option.name}: ")[2].partition('\n    """')[2].partition('"""')[0]
        assert "(default:" in said, option.name


def test_fit_and_run_take_what_is_said_here() -> None:
    names = [option.name for option in fields(Options)]
    for function in (fit, Run):
        parameters = inspect.signature(function).parameters
        assert list(parameters) == ["model", "data", *names]
        assert all(parameters[option.name].default == option.default for option in fields(Options))


def test_how_often_weights_are_kept() -> None:
    kept = [Options(checkpoint=each, output="runs").checkpoint_every for each in ("best", "every", 3)]
    assert kept == [0, 1, 3]


def test_parts_that_are_trained_on_as_well() -> None:
    assert Options(valid=None, test=None).also_trained_on == ["valid", "test"]
    assert Options(test=False).also_trained_on == []
