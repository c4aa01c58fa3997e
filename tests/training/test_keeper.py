"""The folder of a run: whose it is, what a run that goes on finds in it, and what damage it notices."""

import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.evaluation import evaluate
from pygmmrec.models import LightGCN
from pygmmrec.training import Run, fit, save_weights
from pygmmrec.training.early_stopping import EarlyStopping
from pygmmrec.training.files import best_weights
from pygmmrec.training.files.state import load_state, save_state
from pygmmrec.training.keeper import Keeper

OPTIONS: dict[str, Any] = {"lr": 1e-2, "ks": (5, 20), "device": "cpu", "seed": 7, "progress": False}
KILLED = "as if the process ended here"


def model_of(data: HeteroData, seed: int = 0) -> LightGCN:
    return LightGCN.from_data(data, embedding_dim=8, seed=seed)


def train(data: HeteroData, folder: Path | str, epochs: int, **options: Any) -> Any:
    model = model_of(data)
    return model, fit(model, data, epochs=epochs, output=folder, **{**OPTIONS, **options})


def test_a_folder_belongs_to_one_run_at_a_time(prepared: HeteroData, tmp_path: Path) -> None:
    alone = train(prepared, tmp_path / "alone", 2)[1]
    with Run(model_of(prepared), prepared, epochs=2, output=tmp_path / "one", **OPTIONS) as run:
        with pytest.raises(ValueError, match="'output' needs to be a folder that no other run writes to"):
            train(prepared, tmp_path / "one", 2, seed=1)
        for graph in run:
            for batch in run.batches():
                run.step(run.loss(graph, batch))
            run.validate()
        assert run.finish().test == alone.test
    train(prepared, tmp_path / "one", 2, seed=1)


def test_a_run_that_could_not_begin_has_no_folder(prepared: HeteroData, tmp_path: Path) -> None:
    train(prepared, tmp_path, 1)
    before = torch.get_rng_state()
    with pytest.raises(ValueError, match="'lr'") as kept:  # its traceback keeps the run
        train(prepared, tmp_path, 2, resume=True, lr=0.5)
    assert kept.value.args
    assert torch.equal(torch.get_rng_state(), before)
    train(prepared, tmp_path, 2, resume=True)


def test_weights_of_another_run_are_not_restored(prepared: HeteroData, tmp_path: Path) -> None:
    train(prepared, tmp_path / "b", 3)
    run = Run(model_of(prepared), prepared, epochs=1, output=tmp_path / "a", **OPTIONS)
    for graph in run:
        for batch in run.batches():
            run.step(run.loss(graph, batch))
        run.validate()
        (tmp_path / "b" / "model.safetensors").replace(tmp_path / "a" / "model.safetensors")
    with pytest.raises(ValueError, match=r"'path' needs to be the weights of epoch 1 of this run .*b|a"):
        run.finish()
    run.close()


def stop_before_the_last_epoch_is_best(data: HeteroData, folder: Path) -> int:
    """A run whose last epoch, the returned one, is not its best."""
    with Run(model_of(data), data, epochs=30, output=folder, **{**OPTIONS, "lr": 0.2}) as run:
        for graph in run:
            for batch in run.batches():
                run.step(run.loss(graph, batch))
            run.validate()
            if run.early_stopping.waited > 0:
                return len(run.history)
    raise AssertionError("every epoch was better")


@pytest.mark.parametrize("fault", ["missing", "of another run", "damaged"])
def test_best_weights_are_looked_at_before_training_goes_on(
    prepared: HeteroData, tmp_path: Path, fault: str
) -> None:
    done = stop_before_the_last_epoch_is_best(prepared, tmp_path)
    weights = tmp_path / "model.safetensors"
    if fault == "missing":
        weights.unlink()
    elif fault == "damaged":
        weights.write_bytes(weights.read_bytes()[:-5])
    else:
        save_weights(model_of(prepared), weights, prepared)
    with pytest.raises(ValueError, match=r"'path' needs to be .*model\.safetensors"):
        train(prepared, tmp_path, done + 2, resume=True, lr=0.2)


def test_ended_between_state_and_weights(prepared: HeteroData, tmp_path: Path, monkeypatch: Any) -> None:
    whole = train(prepared, tmp_path / "whole", 3)[1]
    assert whole.best_epoch == 3
    train(prepared, tmp_path / "cut", 2)

    def die(*args: Any, **options: Any) -> None:
        raise RuntimeError(KILLED)

    with monkeypatch.context() as patch:
        patch.setattr("pygmmrec.training.files.best_weights.write_weights", die)
        patch.setattr("pygmmrec.training.keeper.BestWeights.check", lambda *args: None)
        with pytest.raises(RuntimeError, match=KILLED):  # already when the last epoch is taken over
            train(prepared, tmp_path / "cut", 3, resume=True)
    model, resumed = train(prepared, tmp_path / "cut", 3, resume=True)
    assert resumed.test == whole.test
    assert evaluate(model, prepared, ks=(5, 20)) == resumed.valid


def test_ended_after_the_state_of_a_better_epoch(
    prepared: HeteroData, tmp_path: Path, monkeypatch: Any
) -> None:
    whole = train(prepared, tmp_path / "whole", 3)[1]
    assert whole.best_epoch == 3
    write, calls = best_weights.write_weights, []

    def die_the_second_time(*args: Any, **options: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError(KILLED)
        write(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(best_weights, "write_weights", die_the_second_time)
        with pytest.raises(RuntimeError, match=KILLED):
            train(prepared, tmp_path / "cut", 3)
    with pytest.raises(ValueError, match="'epochs' needs to be at least 3, which are trained already"):
        train(prepared, tmp_path / "cut", 2, resume=True)
    model, resumed = train(prepared, tmp_path / "cut", 3, resume=True)
    assert (resumed.test, resumed.valid) == (whole.test, whole.valid)
    assert evaluate(model, prepared, ks=(5, 20)) == resumed.valid


def test_without_a_folder_weights_are_kept_in_memory(prepared: HeteroData) -> None:
    model, stopping = model_of(prepared), EarlyStopping(3)
    keeper = Keeper(None, "Run", model, prepared, {}, {"early_stopping": stopping})
    before = model.user_embedding.weight.detach().clone()
    keeper.keep([], improved=True)
    torch.nn.init.zeros_(model.user_embedding.weight)
    keeper.keep([], improved=False)
    keeper.restore_weights(0)
    assert torch.equal(model.user_embedding.weight, before)
    assert keeper.go_on(5, stopping) == []


def test_another_working_directory(prepared: HeteroData, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    run = Run(model_of(prepared), prepared, epochs=2, output="relative", **OPTIONS)
    for graph in run:
        for batch in run.batches():
            run.step(run.loss(graph, batch))
        run.validate()
        monkeypatch.chdir("/")
    result = run.finish()
    assert result.config["training"]["epochs"] == 2
    assert (tmp_path / "relative" / "result.json").is_file()


def test_a_learning_rate_and_its_schedule_go_on(prepared: HeteroData, tmp_path: Path) -> None:
    options: dict[str, Any] = {
        "optimizer": "AdamW", "scheduler": {"name": "StepLR", "step_size": 1, "gamma": 0.5},
        "param_groups": {"item_embedding": {"lr": 0.05}}, "weight_decay": 0.01, "clip_norm": 1e-3,
    }  # fmt: skip
    whole = train(prepared, tmp_path / "whole", 4, **options)[1]
    train(prepared, tmp_path / "cut", 2, **options)
    resumed = train(prepared, tmp_path / "cut", 4, resume=True, **options)[1]
    assert [entry["loss"] for entry in resumed.history] == [entry["loss"] for entry in whole.history]
    assert whole.config["training"]["param_groups"] == {"item_embedding": {"lr": 0.05}}
    for name in options:
        others = {key: value for key, value in options.items() if key != name}
        with pytest.raises(ValueError, match=f"'{name}' needs to be .*, as in the run to resume"):
            train(prepared, tmp_path / "cut", 4, resume=True, **others)
        assert train(prepared, tmp_path / name, 4, **others)[1].history[3]["loss"] != whole.history[3]["loss"]


@pytest.mark.parametrize("damage", ["moments", "history", "config", "groups", "sampler", "missing"])
def test_a_state_of_another_shape(prepared: HeteroData, tmp_path: Path, damage: str) -> None:
    train(prepared, tmp_path, 1)
    state = load_state(tmp_path / "state.pt")
    if damage == "moments":
        for moments in state["optimizer"]["state"].values():
            moments["exp_avg"] = moments["exp_avg"][:1].clone()
    elif damage == "history":
        state["history"][0]["epoch"] = 2
    elif damage == "config":
        state["config"] = [1]
    elif damage == "groups":
        state["optimizer"]["param_groups"].append(state["optimizer"]["param_groups"][0])
    elif damage == "sampler":
        state["sampler"]["generator"] = state["sampler"]["generator"][:100].clone()
    else:
        del state["early_stopping"]
    save_state(state, tmp_path / "state.pt")
    with pytest.raises(ValueError, match=r"'path' needs to be a complete state of a run \(.*Delete it"):
        train(prepared, tmp_path, 3, resume=True)


@pytest.fixture
def _handlers() -> Iterator[None]:
    """Those that Python starts with, whatever the process that runs the tests does with signals."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX")
@pytest.mark.usefixtures("_handlers")
@pytest.mark.parametrize(
    ("number", "error"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_a_signal_ends_with_a_line(
    prepared: HeteroData,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: Any,
    number: int,
    error: Any,
) -> None:
    whole = train(prepared, tmp_path / "whole", 3)[1]
    loss = LightGCN.loss

    def interrupted(self: LightGCN, data: HeteroData, batch: Any) -> Any:
        if (tmp_path / "cut" / "state.pt").exists():
            os.kill(os.getpid(), number)
        return loss(self, data, batch)

    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(LightGCN, "loss", interrupted)
        with pytest.raises(error):
            train(prepared, tmp_path / "cut", 3)
    assert caplog.records[-1].getMessage() == (
        "Interrupted in epoch 2 of LightGCN: the same call with resume=True goes on after epoch 1, "
        f"from {tmp_path / 'cut'}"
    )
    assert train(prepared, tmp_path / "cut", 3, resume=True)[1].test == whole.test
