from pathlib import Path
from typing import Any

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.models import LightGCN
from pygmmrec.training import Callback, FitResult, Running, fit
from pygmmrec.training.callbacks import Callbacks

OPTIONS: dict[str, Any] = {"lr": 1e-2, "ks": (5, 20), "device": "cpu", "progress": False, "bundle": False}


class Spy(Callback):
    """Writes down what it is told, and stops a run where it is asked to."""

    def __init__(self, stop_in: str = "", epoch: int = 0) -> None:
        self.told: list[str] = []
        self.stop = (stop_in, epoch)

    def say(self, what: str, run: Running) -> None:
        self.told.append(what)
        if self.stop == (what, len(run.history)):
            run.stop("the spy said so")

    def epoch_began(self, run: Running, graph: HeteroData) -> None:
        self.say("began", run)

    def step_done(self, run: Running, terms: dict[str, torch.Tensor]) -> None:
        assert not any(term.requires_grad for term in terms.values())
        self.say("step", run)

    def validated(self, run: Running, valid: dict[str, float]) -> None:
        assert run.history[-1]["valid"] == valid
        self.say("validated", run)

    def ended(self, run: Running, result: FitResult) -> None:
        self.say("ended", run)


class Decay(Callback):
    """Halves the learning rate after every second epoch; has a state of its own."""

    def __init__(self) -> None:
        self.waited = 0

    def validated(self, run: Running, valid: dict[str, float]) -> None:
        self.waited += 1
        if self.waited == 2:
            self.waited = 0
            for group in run.optimizer.param_groups:
                group["lr"] /= 2

    def state_dict(self) -> dict[str, Any]:
        return {"waited": self.waited}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.waited = state["waited"]


def train(data: HeteroData, *callbacks: Callback, **options: Any) -> tuple[LightGCN, FitResult]:
    model = LightGCN.from_data(data, embedding_dim=8, seed=0)
    return model, fit(model, data, callbacks=callbacks, **{**OPTIONS, "epochs": 2, **options})


def test_what_a_callback_is_told(prepared: HeteroData) -> None:
    spy = Spy()
    edges = prepared["user", "interacts", "item"].num_edges
    _, result = train(prepared, spy, batch_size=-(-edges // 2))
    assert spy.told == [*["began", "step", "step", "validated"] * 2, "ended"]
    assert result.stopped == "epochs"
    assert result.config["training"]["callbacks"] == ["Spy"]


@pytest.mark.parametrize(
    ("where", "epoch", "told", "epochs"),
    [
        ("began", 1, ["began", "step", "step", "validated", "began", "ended"], 1),
        ("step", 1, ["began", "step", "step", "validated", "began", "step", "validated", "ended"], 2),
        ("validated", 1, ["began", "step", "step", "validated", "ended"], 1),
    ],
)
def test_a_callback_stops_a_run(
    prepared: HeteroData, where: str, epoch: int, told: list[str], epochs: int
) -> None:
    spy = Spy(where, epoch)
    edges = prepared["user", "interacts", "item"].num_edges
    _, result = train(prepared, spy, epochs=9, batch_size=-(-edges // 2))
    assert spy.told == told
    assert (result.epochs, result.stopped) == (epochs, "the spy said so")
    assert result.valid == result.history[result.best_epoch - 1]["valid"] != {}


def test_a_run_that_is_stopped_between_two_validations_is_validated(prepared: HeteroData) -> None:
    _, result = train(prepared, Spy("validated", 2), epochs=9, valid_every=4)
    assert (result.epochs, result.best_epoch) == (2, 2)
    assert result.history[0]["valid"] == {}
    assert result.valid["recall@20"] > 0


def test_a_state_goes_on_with_the_run(prepared: HeteroData, tmp_path: Path) -> None:
    whole, result = train(prepared, Decay(), epochs=5)
    train(prepared, Decay(), epochs=3, output=tmp_path)
    parts, again = train(prepared, Decay(), epochs=5, output=tmp_path, resume=True)
    assert [entry["loss"] for entry in again.history] == [entry["loss"] for entry in result.history]
    for name, value in whole.state_dict().items():
        assert torch.equal(value, parts.state_dict()[name])
    without = train(prepared, epochs=5)[1]
    assert without.history[3]["loss"] != result.history[3]["loss"]
    with pytest.raises(ValueError, match=r"'callbacks' needs to be .*Decay"):
        train(prepared, epochs=6, output=tmp_path, resume=True)


def test_what_is_no_callback() -> None:
    with pytest.raises(ValueError, match=r"instances of Callback .*make one: Mine\(\)"):
        Callbacks([Spy])  # type: ignore[list-item]
    assert Callbacks([Spy(), Decay()]).state_dict() == {"1 Decay": {"waited": 0}}
