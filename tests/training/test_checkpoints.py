from pathlib import Path
from typing import Any

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.models import LightGCN
from pygmmrec.training import Run, fit, load_weights
from pygmmrec.training.checkpoints import CHECKPOINTS, Checkpoints

OPTIONS: dict[str, Any] = {"lr": 1e-2, "ks": (5, 20), "device": "cpu", "progress": False, "bundle": False}


def model_of(data: HeteroData, seed: int = 0) -> LightGCN:
    return LightGCN.from_data(data, embedding_dim=8, seed=seed)


@pytest.mark.parametrize(("checkpoint", "epochs"), [("best", []), ("every", [1, 2, 3, 4]), (2, [2, 4])])
def test_weights_of_epochs_beside_the_best(
    prepared: HeteroData, tmp_path: Path, checkpoint: str | int, epochs: list[int]
) -> None:
    seen = []
    with Run(
        model_of(prepared), prepared, epochs=4, output=tmp_path, checkpoint=checkpoint, **OPTIONS
    ) as run:
        for graph in run:
            for batch in run.batches():
                run.step(run.loss(graph, batch))
            run.validate()
            seen.append(run.model.user_embedding.weight.detach().clone())
        run.finish()
    found = sorted((tmp_path / CHECKPOINTS).glob("*"))
    assert [path.name for path in found] == [f"epoch-{epoch:04d}.safetensors" for epoch in epochs]
    for epoch, path in zip(epochs, found, strict=True):
        other = model_of(prepared, seed=5)
        load_weights(other, path, prepared)
        assert torch.equal(other.user_embedding.weight, seen[epoch - 1])


def test_those_of_an_earlier_run_make_way_unless_it_goes_on(prepared: HeteroData, tmp_path: Path) -> None:
    options = {**OPTIONS, "output": tmp_path, "checkpoint": "every"}
    names = lambda: [path.name[6:10] for path in sorted((tmp_path / CHECKPOINTS).glob("*"))]  # noqa: E731
    fit(model_of(prepared), prepared, epochs=2, **options)
    fit(model_of(prepared), prepared, epochs=3, resume=True, **options)
    assert names() == ["0001", "0002", "0003"]
    fit(model_of(prepared), prepared, epochs=1, **options)
    assert names() == ["0001"]
    Checkpoints(tmp_path / CHECKPOINTS, prepared).clear()
    assert names() == []
