"""Trains every model as one of several processes: what the test beside it starts, as torchrun would.

python two_ranks.py FOLDER [MODEL ...]
"""

import os
import shutil
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec import models
from pygmmrec.testing import toy_data
from pygmmrec.testing.graphs import hold_out
from pygmmrec.training import FitResult, fit

EPOCHS = 3


def all_models() -> list[str]:
    """Whatever is there: a new model needs no line here."""
    return [name for name in models.__all__ if name != "Recommender"]


def graph() -> HeteroData:
    """A small graph whose validation pairs are half of those that are no edges."""
    data = toy_data(num_users=30, num_items=36)
    known = torch.zeros(30, 36, dtype=torch.bool)
    known[tuple(data["user", "interacts", "item"].edge_index)] = True
    hold_out(data, (~known).nonzero().t()[:, ::2])
    return data


def train(
    name: str, devices: int, epochs: int, output: Path | None = None, *, monitor: str | None = None
) -> tuple[dict[str, Tensor], FitResult]:
    """The weights of a model after so many epochs, of which some may be done already, and the result."""
    model = getattr(models, name).from_data(graph(), seed=0).double()
    result = fit(
        model, graph(), epochs=epochs, devices=devices, device="cpu", output=output,
        resume=output is not None, batch_size=128, lr=0.01, seed=3, clip_norm=5.0, monitor=monitor, ks=[5],
        test=False, bundle=False, progress=False,
    )  # fmt: skip
    return model.state_dict(), result


def main(folder: Path, names: list[str]) -> None:
    """Two epochs, a copy of what is there then, and the third epoch in another run."""
    rank, size = os.environ["RANK"], int(os.environ["WORLD_SIZE"])
    for name in names or all_models():
        train(name, size, EPOCHS - 1, folder / name)
        if rank == "0":
            shutil.copytree(folder / name, folder / f"{name}-interrupted")
        dist.barrier()
        weights, result = train(name, size, EPOCHS, folder / name)
        torch.save({**weights, "loss": result.history[-1]["loss"]}, folder / f"{name}-{rank}.pt")
    weights, result = train(
        "LightGCN", size, EPOCHS, folder / "from-one"
    )  # whose first epochs are one process's
    _, watched = train("LightGCN", size, EPOCHS, folder / "watched", monitor="recall@5")
    found = {
        "weights": weights,
        "valid": [entry["valid"] for entry in watched.history],
        "best": watched.best_epoch,
    }
    torch.save(found, folder / f"others-{rank}.pt")


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]), sys.argv[2:])
