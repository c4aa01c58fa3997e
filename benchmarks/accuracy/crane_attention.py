"""What does attention need to earn its place? Variants of CRANE, on validation only.

    python benchmarks/accuracy/crane_attention.py --dataset lfm2k --root path/to/lfm2k \\
        --output runs/crane-attention --table benchmarks/results/crane_attention/lfm2k.csv

Seeds are those of tuning, none of which is a seed of a table; the test set is never scored. What has a result
is not trained again, and the table is written anew after each run, a row per variant.
"""

from __future__ import annotations

import argparse
import logging
import statistics
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.experiment import Protocol
from pygmmrec.experiment.reports.cells import METRIC, SECOND, Rows, circumstances, write_table
from pygmmrec.experiment.runs.prepare import prepare
from pygmmrec.experiment.settings.preset import preset
from pygmmrec.graph.modalities import availability, modalities
from pygmmrec.losses.info_nce import node_info_nce_loss
from pygmmrec.models import CRANE
from pygmmrec.training import FitResult, fit
from pygmmrec.typing import PROFILES, Triplets

SEEDS = (0, 11, 21)


class ContrastOfRefined(CRANE):
    """CRANE that also contrasts an item's refined features of one modality with those of the others."""

    refined_weight = 1e-2

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        terms = super().loss(data, batch)
        assert self.item_graph is not None
        refined = self.item_graph.refine(modalities(data), self.adj(data, PROFILES), availability(data))
        first, *others = refined.values()
        losses = [node_info_nce_loss(first, x, batch.pos, temperature=self.temperature) for x in others]
        return {**terms, "cl_refined": self.refined_weight * torch.stack(losses).sum()}


class Variant(NamedTuple):
    """What differs from :data:`BASE`: arguments of model, attention and training, or the model itself."""

    model: Mapping[str, Any] = {}
    rca: Mapping[str, Any] = {}
    training: Mapping[str, Any] = {}
    kind: type[CRANE] = CRANE


BASE = "refreshed once an epoch"
"""What the others differ from by one thing: the preset but for its refreshes, which this table chose."""

VARIANTS = {
    BASE: Variant(),
    "without attention": Variant(rca={"num_rounds": 0}),
    "a learning rate of its own, 1e-2": Variant(training={"param_groups": {"item_graph": {"lr": 1e-2}}}),
    "refreshed every 4 steps": Variant(model={"refresh_every": 4}),
    "H undivided": Variant(rca={"hidden_scale": 1.0}),
    "no self-neighbour": Variant(model={"include_self": False}),
    "k 20": Variant(model={"k": 20}),
    "softmax over neighbours, temperature .2": Variant(model={"edge_temperature": 0.2}),
    "softmax over neighbours, temperature .05": Variant(model={"edge_temperature": 0.05}),
    "one round": Variant(rca={"num_rounds": 1}),
    "one round, refreshed every 4 steps": Variant(model={"refresh_every": 4}, rca={"num_rounds": 1}),
    "contrast of refined features, 1e-2": Variant(kind=ContrastOfRefined),
    "over entities": Variant(rca={"correlation": "entity"}),
}


def run(variant: Variant, seed: int, protocol: Protocol, output: Path) -> FitResult:
    """The result in a folder, or of a run that leaves it there."""
    if (output / "result.json").is_file():
        return FitResult.load(output / "result.json")
    settings = preset("CRANE", protocol.dataset)
    given = settings["model"]
    rca = {**given.get("rca", {}), **variant.rca}
    settings = {
        **settings,
        "model": {**given, "refresh_every": "epoch", **variant.model, "rca": rca},
        "training": {**settings["training"], **variant.training},
    }
    model, data, options = prepare(variant.kind, seed, settings, protocol=protocol)
    return fit(model, data, test=False, output=output, resume=True, progress=False, **options)


def rows(results: Mapping[str, list[FitResult]]) -> Rows:
    """A row per variant: validation by seed, its mean, and the difference to :data:`BASE`."""
    table = []
    base = [result.valid[METRIC] for result in results[BASE]]
    for name, runs in results.items():
        values = [result.valid[METRIC] for result in runs]
        paired = [value - other for value, other in zip(values, base, strict=False)]
        row = {"variant": name}
        row |= {f"{METRIC}, seed {seed}": "" for seed in SEEDS}
        row |= {f"{METRIC}, seed {run.seed}": f"{value:.4f}" for run, value in zip(runs, values, strict=True)}
        row["mean"] = f"{statistics.mean(values):.4f}"
        row["to the first"] = "" if name == BASE else f"{statistics.mean(paired):+.4f}"
        row[f"mean {SECOND}"] = f"{statistics.mean(result.valid[SECOND] for result in runs):.4f}"
        row["s/epoch"] = f"{statistics.mean(result.seconds_per_epoch for result in runs):.2f}"
        table.append(row)
    return table


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--dataset", default="lfm2k", choices=["tiktok", "lfm2k"])
    add("--root", help="folder of the data set; that in PYGMMREC_DATA by default")
    add("--seeds", nargs="+", type=int, default=list(SEEDS))
    add("--variants", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    add("--output", type=Path, default=Path("runs/crane-attention"))
    add("--table", type=Path, help="CSV of all variants; OUTPUT/DATASET.csv by default")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    protocol = Protocol(args.dataset, args.root)
    table = args.table or args.output / f"{args.dataset}.csv"
    results: dict[str, list[FitResult]] = {}
    for seed in args.seeds:
        for name in args.variants:
            folder = args.output / args.dataset / name.replace(" ", "-").replace(",", "") / f"seed-{seed}"
            results.setdefault(name, []).append(run(VARIANTS[name], seed, protocol, folder))
            if BASE in results:
                write_table(table, rows(results))
                said = circumstances([result for runs in results.values() for result in runs])
                notes: Rows = [{"what": what, "value": value} for what, value in said.items()]
                write_table(table.with_name(f"{table.stem}_notes.csv"), notes)


if __name__ == "__main__":
    main()
