import pickle
from pathlib import Path

import pytest
import torch

from pygmmrec.models import BPRMF
from pygmmrec.training import load_weights, save_weights
from pygmmrec.training.checkpoint import load_state, random_state, save_state, set_random_state


def test_weights_come_back(tmp_path: Path) -> None:
    model, other = BPRMF(4, 5, embedding_dim=3), BPRMF(4, 5, embedding_dim=3)
    save_weights(model, tmp_path / "model.safetensors")
    load_weights(other, tmp_path / "model.safetensors")
    for name, value in model.state_dict().items():
        assert torch.equal(value, other.state_dict()[name])


def test_weights_of_another_model(tmp_path: Path) -> None:
    save_weights(BPRMF(4, 5, embedding_dim=3), tmp_path / "model.safetensors")
    other = BPRMF(4, 5, embedding_dim=3, reg_weight=0.5)
    with pytest.raises(ValueError, match=r"'model' needs to be the one whose weights these are, BPRMF\("):
        load_weights(other, tmp_path / "model.safetensors")


def test_weights_missing_or_truncated(tmp_path: Path) -> None:
    model, path = BPRMF(4, 5), tmp_path / "model.safetensors"
    with pytest.raises(ValueError, match="'path' needs to be an existing file"):
        load_weights(model, path)
    save_weights(model, path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ValueError, match="'path' needs to be a complete safetensors file"):
        load_weights(model, path)


def test_state_comes_back(tmp_path: Path) -> None:
    state = {"tensor": torch.arange(3.0), "list": [{"a": 0.5}], "none": None}
    save_state(state, tmp_path / "state.pt")
    loaded = load_state(tmp_path / "state.pt")
    assert torch.equal(loaded.pop("tensor"), state.pop("tensor"))
    assert loaded == state


class Payload:
    """Would run code if it were unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return (pytest.fail, ("a file was unpickled",))


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    (tmp_path / "state.pt").write_bytes(pickle.dumps(Payload(), protocol=2))
    with pytest.raises(ValueError, match=r"'path' needs to be a complete state .*Delete it to start anew"):
        load_state(tmp_path / "state.pt")


def test_random_state() -> None:
    state = random_state()
    first = torch.rand(3)
    set_random_state(state)
    assert torch.equal(torch.rand(3), first)
