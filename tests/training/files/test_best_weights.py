from pathlib import Path

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data.ids import IdMap
from pygmmrec.models import BPRMF
from pygmmrec.training import load_ids
from pygmmrec.training.files.best_weights import BestWeights


@pytest.mark.parametrize("in_file", [True, False])
def test_later_training_does_not_touch_them(tmp_path: Path, in_file: bool) -> None:
    path = tmp_path / "model.safetensors" if in_file else None
    model, best = BPRMF(4, 5, embedding_dim=3), BestWeights(path)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    best.keep(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(1.0)
    best.restore(model)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert (tmp_path / "model.safetensors").exists() == in_file


def test_the_file_says_whose_the_rows_are(tmp_path: Path) -> None:
    data, path = HeteroData(), tmp_path / "model.safetensors"
    data["user"].raw_id, data["item"].raw_id = IdMap(["a", "b"]), IdMap(range(3))
    model, best = BPRMF(2, 3, embedding_dim=3), BestWeights(path, data)
    best.keep(model)
    assert load_ids(path) == {"user": ("a", "b"), "item": range(3)}
    best.restore(model)
