"""What an interrupted run left is gone on with as it is, or refused at the start."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from attacks.forked import Forked
from attacks.small import OPTIONS, small_graph, small_model, small_run
from pygmmrec.evaluation import evaluate
from pygmmrec.training import FitResult, Run, fit

pytestmark = pytest.mark.torture


def dies_between_weights_and_state(folder: Path) -> int:
    """Train until an epoch is the best so far, and die before its state is written; the epochs trained."""
    told = folder.parent / "epochs"

    def train() -> None:
        data = small_graph()
        run = Run(small_model(data), data, epochs=9, seed=1, output=folder, **OPTIONS)
        for graph in run:
            run.refresh(graph)
            for batch in run.batches():
                run.step(run.loss(graph, batch))
            run.validate()
            if len(run.history) > 2 and run.early_stopping.best_epoch == len(run.history):
                told.write_text(str(len(run.history)))
                os.kill(os.getpid(), signal.SIGKILL)

    assert Forked(train, folder.parent / "log").result() == -signal.SIGKILL, "no later epoch was the best"
    return int(told.read_text())


@pytest.mark.parametrize("fewer", [0, 1, 2])
def test_fewer_epochs_than_were_trained(tmp_path: Path, fewer: int) -> None:
    epochs = dies_between_weights_and_state(tmp_path / "run")
    data = small_graph()
    model = small_model(data)
    asked = {"epochs": epochs - fewer, "output": tmp_path / "run", "resume": True, "seed": 1, **OPTIONS}
    try:
        result = fit(model, data, **asked)
    except ValueError:
        assert fewer > 0
        with pytest.raises(ValueError, match=r"'(epochs|output)' needs to be"):
            Run(model, data, **asked)
        return
    assert result.epochs == epochs - fewer
    for split in ("valid", "test"):
        found = evaluate(model, data, split=split, ks=OPTIONS["ks"])
        assert getattr(result, split) == pytest.approx(dict(found), abs=1e-12)


def opened(folder: Path, epochs: int) -> Run:
    data = small_graph()
    return Run(small_model(data), data, epochs=epochs, seed=1, output=folder, resume=True, **OPTIONS)


@pytest.mark.parametrize("weights", ["missing", "of another run", "cut off", "empty"])
def test_weights_that_do_not_belong_to_the_state(tmp_path: Path, weights: str) -> None:
    small_run(tmp_path / "run", 3)
    path = tmp_path / "run" / "model.safetensors"
    if weights == "missing":
        path.unlink()
    elif weights == "of another run":
        small_run(tmp_path / "other", 3, seed=0)
        shutil.copy(tmp_path / "other" / path.name, path)
    else:
        path.write_bytes(path.read_bytes()[:100] if weights == "cut off" else b"")
    for epochs in (3, 5):
        with pytest.raises(ValueError, match=r"needs to be .*") as caught:
            opened(tmp_path / "run", epochs)
        assert path.name in str(caught.value)


def test_a_finished_run_comes_back_as_it_was(tmp_path: Path) -> None:
    first = small_run(tmp_path / "run", 3)
    again = small_run(tmp_path / "run", 3, resume=True)
    assert (again.valid, again.test, again.best_epoch) == (first.valid, first.test, first.best_epoch)
    assert FitResult.load(tmp_path / "run" / "result.json").test == first.test
