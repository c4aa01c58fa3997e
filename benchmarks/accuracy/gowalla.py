"""LightGCN on Gowalla with its published settings: the test curve of a run whose length is fixed beforehand.

    PYGMMREC_DATA=path/to/data python benchmarks/accuracy/gowalla.py --epochs 100 --every 5 \\
        --output benchmarks/results/gowalla

The published split (arXiv 2002.02126) has training and test pairs and no validation set. So nothing is chosen
here: the settings are the published ones, the command says the number of epochs, and the last epoch is the
result, be it the best or not. The test set is scored every few epochs to show how training goes, and nothing
reads the scores. Since the learning rate is constant, a longer run may go on from a shorter one.

OUTPUT then holds curve.json (settings, environment and the curve so far), curve.csv and curve.png, written
anew with each point. An interrupted run goes on from --state, after its last whole epoch, when the command is
given again.

The file is an ``.npz`` with ``train`` [2, E], ``test`` [2, P], ``num_users`` and ``num_items``. An epoch
takes each training edge once; the authors' code draws as many users instead, and an edge of each.
"""

from __future__ import annotations

import argparse
import logging
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from gowalla_report import KEYS, write_report
from torch_geometric.data import HeteroData
from tqdm.auto import tqdm

from pygmmrec.data import build_hetero_data
from pygmmrec.evaluation import evaluate
from pygmmrec.kernels.runtime.allocator import keep_freed_memory
from pygmmrec.models import LightGCN
from pygmmrec.sampling import TripletSampler
from pygmmrec.training.device import single_device
from pygmmrec.training.environment import environment
from pygmmrec.training.files.state import load_state, save_state

logger = logging.getLogger(__name__)

MODEL = {"embedding_dim": 64, "num_layers": 3, "reg_weight": 1e-4, "variant": "paper"}
TRAINING = {"batch_size": 2048, "lr": 1e-3}


def load(path: Path) -> HeteroData:
    """The graph of a file; its validation part is empty."""
    arrays = np.load(path)
    parts = [arrays["train"], arrays["test"]]
    user, item = np.concatenate(parts, axis=1).astype(np.int64)  # [E + P], [E + P]
    label = np.repeat([0, 2], [part.shape[1] for part in parts])
    users, items = range(int(arrays["num_users"])), range(int(arrays["num_items"]))
    return build_hetero_data((user, item, label), user_ids=users, item_ids=items)


class Training:
    """The run, and all that its next epoch depends on.

    Args:
        data: The graph.
        seed: Seed of weights, order and negatives.
        device: As :class:`~pygmmrec.training.Run` takes it.
        state: File to go on from, where it is there, and to leave the state in.

    Raises:
        ValueError: If the file is of other settings or of another graph.
    """

    def __init__(self, data: HeteroData, *, seed: int, device: str, state: Path) -> None:
        self.device = single_device(device).device
        if self.device.type == "cpu":
            keep_freed_memory()
        torch.manual_seed(seed)
        self.data = LightGCN.pre_transform()(data).to(self.device)
        self.model = LightGCN.from_data(self.data, **MODEL).to(self.device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=TRAINING["lr"], fused=True)
        self.sampler = TripletSampler(self.data, batch_size=TRAINING["batch_size"], seed=seed)
        self.settings = {"model": self.model.config, **TRAINING, "seed": seed, "sampler": repr(self.sampler)}
        self.state = state
        self.epoch, self.seconds = 0, 0.0
        self.curve: list[dict[str, Any]] = []
        self.environments = [environment(self.device)]
        if state.is_file():
            self._resume()

    def train(self) -> dict[str, float]:
        """One epoch; the mean of each term of the loss.

        Raises:
            FloatingPointError: If a term is no longer finite.
        """
        start = time.perf_counter()
        self.model.train()
        kept = []
        name = f"epoch {self.epoch + 1}"
        for batch in tqdm(self.sampler, desc=name, unit="step", disable=None, leave=False):
            terms = self.model.loss(self.data, batch)
            values = torch.stack(list(terms.values()))
            self.optimizer.zero_grad()
            values.sum().backward()
            self.optimizer.step()
            kept.append(values.detach())
        means = torch.stack(kept).mean(dim=0).tolist()
        if not np.isfinite(means).all():
            raise FloatingPointError(f"The loss is no longer finite in {name} ({means})")
        self.epoch += 1
        self.seconds += time.perf_counter() - start
        return dict(zip(terms, means, strict=True))

    def score(self, loss: dict[str, float]) -> None:
        """Add a point to the curve."""
        test = evaluate(self.model, self.data, split="test", ks=(20,), metrics=("recall", "ndcg"))
        self.curve.append({"epoch": self.epoch, **test, "loss": loss, "seconds": self.seconds})

    def save(self) -> None:
        """Leave the state for a next process."""
        plain = ("settings", "epoch", "seconds", "curve", "environments")
        parts = {name: getattr(self, name).state_dict() for name in ("model", "optimizer", "sampler")}
        save_state({**{name: getattr(self, name) for name in plain}, **parts}, self.state)

    def _resume(self) -> None:
        state = load_state(self.state)
        if state["settings"] != self.settings:
            raise ValueError(f"{self.state} is of other settings ({state['settings']}): name another --state")
        for name in ("model", "optimizer", "sampler"):
            getattr(self, name).load_state_dict(state[name])
        self.epoch, self.seconds, self.curve = state["epoch"], state["seconds"], state["curve"]
        self.environments = [*state["environments"], *self.environments]
        logger.info("Going on after epoch %d of %s", self.epoch, self.state)


def run(training: Training, *, epochs: int, every: int, output: Path) -> None:
    """Train up to a number of epochs; score the test set, and write the report, every few and at the end."""

    def report() -> None:
        parts = {name: getattr(training, name) for name in ("settings", "environments", "curve")}
        write_report({"epochs": epochs, "every": every, **parts}, output)

    if training.curve:  # of an earlier process, which may not have come to write it
        report()
    while training.epoch < epochs:
        loss = training.train()
        due = training.epoch % every == 0 or training.epoch == epochs
        if due:
            training.score(loss)
            point = ", ".join(f"{name} {training.curve[-1][name]:.4f}" for name in KEYS)
            logger.info("epoch %d: %s, %.0f s", training.epoch, point, training.seconds)
        training.save()
        if due:
            report()


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("file", type=Path, nargs="?", help="graphs/gowalla.npz in the folder PYGMMREC_DATA by default")
    add("--epochs", type=int, required=True, help="of the whole run; 1000 are published")
    add("--every", type=int, default=5, metavar="K", help="epochs between two points of the curve")
    add("--seed", type=int, default=0)
    add("--device", default="auto", help="auto, cpu, cuda or cuda:1")
    add("--output", type=Path, default=Path("runs/gowalla"))
    add("--state", type=Path, default=Path("runs/gowalla/state.pt"), help="file to go on from")
    args = parser.parse_args()
    if min(args.epochs, args.every) < 1:
        parser.error("--epochs and --every need to be at least 1")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    file = args.file or Path(os.environ.get("PYGMMREC_DATA", "data")) / "graphs" / "gowalla.npz"
    training = Training(load(file), seed=args.seed, device=args.device, state=args.state)
    run(training, epochs=args.epochs, every=args.every, output=args.output)


if __name__ == "__main__":
    main()
