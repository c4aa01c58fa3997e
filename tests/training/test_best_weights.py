from pathlib import Path

import pytest
import torch

from pygmmrec.models import BPRMF
from pygmmrec.training.best_weights import BestWeights


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
