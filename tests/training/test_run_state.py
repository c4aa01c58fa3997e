"""The file of a run's state; what goes on from it is in test_keeper.py."""

from pathlib import Path
from typing import Any

import pytest
import torch

from pygmmrec.models import BPRMF
from pygmmrec.training.early_stopping import EarlyStopping
from pygmmrec.training.run_state import HasState, RunState

ENTRY: dict[str, Any] = {"epoch": 1, "loss": {"bpr": 0.5}, "valid": {}, "seconds": 0.25}


def state_of(path: Path, config: dict[str, Any] | None = None) -> tuple[RunState, BPRMF, EarlyStopping]:
    model, stopping = BPRMF(3, 4, embedding_dim=2), EarlyStopping(2)
    parts: dict[str, HasState] = {"model": model, "early_stopping": stopping}
    ids = {"raw_id/user": torch.tensor([1, 2])}
    return (
        RunState(path, "Run", {"repr": repr(model), "config": config or {"lr": 0.1}, "ids": ids}, parts),
        model,
        stopping,
    )


def test_everything_comes_back(tmp_path: Path) -> None:
    state, model, stopping = state_of(tmp_path / "state.pt")
    stopping.update(1, 0.5)
    torch.nn.init.ones_(model.user_embedding.weight)
    random = torch.get_rng_state()
    state.save([ENTRY])
    torch.rand(3)
    again, other, waits = state_of(tmp_path / "state.pt")
    assert again.name != state.name
    assert again.go_on(3) == [ENTRY]
    assert again.name == state.name
    assert torch.equal(other.user_embedding.weight, model.user_embedding.weight)
    assert waits.best_epoch == 1
    assert torch.equal(torch.get_rng_state(), random)


def test_other_arguments_and_fewer_epochs(tmp_path: Path) -> None:
    state_of(tmp_path / "state.pt")[0].save([ENTRY, {**ENTRY, "epoch": 2}])
    with pytest.raises(ValueError, match=r"'lr' needs to be 0.1, as in the run to resume .*got 0.2"):
        state_of(tmp_path / "state.pt", {"lr": 0.2})[0].go_on(3)
    with pytest.raises(ValueError, match="'epochs' needs to be at least 2, which are trained already"):
        state_of(tmp_path / "state.pt")[0].go_on(1)


def test_nothing_is_loaded_of_a_state_that_is_not_whole(tmp_path: Path) -> None:
    state_of(tmp_path / "state.pt")[0].save([{**ENTRY, "epoch": 5}])
    state, model, _ = state_of(tmp_path / "state.pt")
    before = model.user_embedding.weight.detach().clone()
    with pytest.raises(ValueError, match="epoch 1 of its history is not whole"):
        state.go_on(9)
    assert torch.equal(model.user_embedding.weight, before)
