"""How well a model serves users and items that it was not trained with, and what a call costs.

    python benchmarks/newcomers/main.py --dataset lfm2k --model LightGCN FREEDOM --epochs 60 \\
        --json benchmarks/results/newcomers/lfm2k.json

**Users**: a share of the users is taken out of the graph whole, the model is trained on the others, and the
users are folded in from their training items by ``Served.recommend_for``. Recall@20 of their test items is
set against that of the same users by the same model trained with them, ``share``. Their validation items
choose neither epoch. ``rule`` is what their own rows are.

**Items**: a share of the items is taken out likewise, and comes back by ``Served.add_items`` with features
and no edge. The users' items among these are ranked among these. ``knn`` is the mean cosine to the user's
training items over modalities (features centred, of length one), ``popularity`` the number of training
interactions that they would have had, which nobody knows at that time, and ``chance`` a random order.

Each model has the settings of its preset, or where there is none its own with those of SETTINGS. A CSV of the
same numbers is put beside the JSON, after each model.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

import pygmmrec.models
from pygmmrec.datasets import load_dataset
from pygmmrec.evaluation import evaluate_per_user
from pygmmrec.experiment.reports.cells import write_table
from pygmmrec.experiment.settings.preset import datasets, preset
from pygmmrec.graph.modalities import stored_features
from pygmmrec.models import Recommender
from pygmmrec.serving import Served
from pygmmrec.training import fit
from pygmmrec.training.environment import environment
from pygmmrec.transforms import ScaleFeatures
from pygmmrec.transforms.restrict_graph import restrict_graph
from pygmmrec.typing import HELD_OUT, INTERACTS, TEST
from pygmmrec.utils.files import replacing

SETTINGS: dict[str, dict[str, Any]] = {"training": {"lr": 3e-3, "batch_size": 2048, "patience": 20}}
K = 20
RULES = ("zero", "mean")


def settings_of(name: str, dataset: str) -> dict[str, dict[str, Any]]:
    """The preset, or where there is none SETTINGS."""
    found = preset(name, dataset) if dataset in datasets(name) else SETTINGS
    return {
        key: dict(found.get(key, {})) for key in ("model", "pre_transform", "epoch_transform", "training")
    }


def train(name: str, data: HeteroData, args: argparse.Namespace) -> tuple[Recommender, HeteroData, int]:
    """A model of a graph, its graph prepared, and the epoch that was best in validation."""
    chosen, kind = settings_of(name, args.dataset), getattr(pygmmrec.models, name)
    prepared = kind.prepare(data, **chosen["pre_transform"])
    model = kind.from_data(prepared, seed=args.seed, **chosen["model"])
    options = {**chosen["training"], "epochs": args.epochs}
    transform = kind.epoch_transform(**chosen["epoch_transform"])
    result = fit(
        model,
        prepared,
        epoch_transform=transform,
        seed=args.seed,
        device="cpu",
        test=False,
        progress=False,
        **options,
    )
    return model.eval(), prepared, result.best_epoch


def drawn(size: int, share: float, seed: int) -> tuple[Tensor, Tensor]:
    """Nodes that are taken out, and those that stay, both ascending."""
    order = torch.from_numpy(np.random.default_rng(seed).permutation(size))
    out = round(share * size)
    return order[:out].sort().values, order[out:].sort().values


def of(pairs: Tensor, user: int) -> Tensor:
    """The items of a user."""
    return pairs[1][pairs[0] == user]


def recall(score: Tensor, wanted: Tensor, k: int = K) -> Tensor:
    """Recall@k of each row, [B]; rows without a wanted item are NaN. Shapes: score, wanted [B, I]."""
    top = score.topk(min(k, score.size(1))).indices
    return wanted.gather(1, top).sum(dim=1) / wanted.sum(dim=1)


def mask(pairs: Tensor, shape: tuple[int, int]) -> Tensor:
    """Pairs as a bool matrix."""
    out = torch.zeros(shape, dtype=torch.bool)
    out[pairs[0], pairs[1]] = True
    return out


@torch.no_grad()
def users_part(name: str, data: HeteroData, args: argparse.Namespace) -> dict[str, Any]:
    """Recall@20 of users who were held out whole, when trained and when folded in."""
    out, stay = drawn(data["user"].num_nodes, args.share, args.split_seed)
    model, prepared, _ = grad(train)(name, data, args)
    users, metrics = evaluate_per_user(model, prepared, split="test", ks=[K], metrics=["recall"])
    asked = torch.isin(users, out)
    trained = metrics[f"recall@{K}"][asked].mean()
    part = restrict_graph(data, {"user": stay})
    model, prepared, epoch = grad(train)(name, part, args)
    rec = Served(model, prepared)
    order = users[asked]
    shape = (data["user"].num_nodes, data["item"].num_nodes)
    known, test = mask(data[INTERACTS].edge_index, shape)[order], mask(data[INTERACTS][TEST], shape)[order]
    items = [of(data[INTERACTS].edge_index, user) for user in order.tolist()]
    row: dict[str, Any] = {"users": len(order), "users_trained": float(trained), "users_epoch": epoch}
    options = settings_of(name, args.dataset)["pre_transform"]
    for rule in RULES:
        embeddings = rec.fold_in(items, rule, options)
        score = model.score(embeddings, torch.arange(len(order)))
        found = recall(score.masked_fill(known & ~test, -torch.inf), test)
        row[f"users_{rule}"] = float(found.mean())
        row[f"users_{rule}_share"] = row[f"users_{rule}"] / row["users_trained"]
    row["way"] = next(iter(rec._fold_ins.values())).way
    popular = data[INTERACTS].edge_index[1].bincount(minlength=shape[1]).float().expand(len(order), -1)
    row["users_popularity"] = float(recall(popular.masked_fill(known & ~test, -torch.inf), test).mean())
    row["ms_one"] = milliseconds(lambda: rec.fold_in(items[:1], "zero", options))
    row["ms_hundred"] = milliseconds(lambda: rec.fold_in(items[:100], "zero", options))
    return row


@torch.no_grad()
def items_part(name: str, data: HeteroData, args: argparse.Namespace) -> dict[str, Any]:
    """Recall@20 among items that were held out whole, from their features alone."""
    out, stay = drawn(data["item"].num_nodes, args.share, args.split_seed)
    part = restrict_graph(data, {"item": stay})
    model, prepared, epoch = grad(train)(name, part, args)
    features = {key: (x[out].numpy(), data["item"].raw_id.raw(out).tolist())
                for key, x in stored_features(data).items()}  # fmt: skip
    shape = (data["user"].num_nodes, data["item"].num_nodes)
    pairs = torch.cat([data[INTERACTS].edge_index, *(data[INTERACTS][part] for part in HELD_OUT)], dim=1)
    wanted = mask(pairs, shape)[:, out]
    users = wanted.any(dim=1) & mask(part[INTERACTS].edge_index, (shape[0], len(stay))).any(dim=1)
    wanted = wanted[users].float()
    row: dict[str, Any] = {"items": len(out), "items_users": int(users.sum()), "items_epoch": epoch}
    options = settings_of(name, args.dataset)["pre_transform"]
    for rule in RULES:
        rec = Served(model, prepared).add_items(features, rule=rule, prepare=options)
        score = rec.model.score(rec.embeddings, users.nonzero().view(-1))[:, len(stay) :]
        row[f"items_{rule}"] = float(recall(score, wanted).mean())
    x = stored_features(ScaleFeatures("centred")(data))
    own = mask(part[INTERACTS].edge_index, (shape[0], len(stay)))[users].float()
    alike = torch.stack([each[stay] @ each[out].t() for each in x.values()]).mean(dim=0)  # [I, C]
    row["items_knn"] = float(recall(own @ alike / own.sum(dim=1, keepdim=True), wanted).mean())
    count = data[INTERACTS].edge_index[1].bincount(minlength=shape[1])[out].float()
    row["items_popularity"] = float(recall(count.expand(len(wanted), -1), wanted).mean())
    row["items_chance"] = min(K / len(out), 1.0)
    return row


def grad(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function with gradients."""
    return torch.enable_grad()(function)


def milliseconds(call: Callable[[], Any], rounds: int = 5) -> float:
    """The fastest of a few calls, after one."""
    call()
    found = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        found.append(time.perf_counter() - start)
    return 1000 * min(found)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--dataset", default="synthetic", help="synthetic, tiktok, lfm2k or folder")
    add("--root", help="folder of the data set, if it is not in $PYGMMREC_DATA")
    add("--model", nargs="+", default=["LightGCN", "CRANE", "MambaRec", "MGCN", "FREEDOM"], metavar="NAME")
    add("--parts", nargs="+", default=["users", "items"], choices=["users", "items"])
    add("--epochs", type=int, default=60, help="at most")
    add("--share", type=float, default=0.1, help="of the users, and of the items, that are held out")
    add("--seed", type=int, default=0, help="of weights and training")
    add("--split-seed", type=int, default=0, help="of who is held out")
    add("--threads", type=int, default=1)
    add("--json", type=Path, help="file for the numbers and the environment")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    data = load_dataset(args.dataset, args.root)[0]
    rows = []
    for name in args.model:
        start = time.perf_counter()
        row: dict[str, Any] = {"model": name}
        for part, measure in (("users", users_part), ("items", items_part)):
            if part in args.parts:
                row.update(measure(name, data, args))
        rows.append({**row, "seconds": time.perf_counter() - start})
        print(rows[-1], flush=True)
        if args.json is not None:
            told = {key: value for key, value in vars(args).items() if key not in ("json", "root")}
            save({**told, "rows": rows, "environment": environment(torch.device("cpu"))}, args.json)


def save(report: dict[str, Any], path: Path) -> None:
    """The report as JSON, and its rows beside it as CSV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(report, indent=2) + "\n")
    shown = [{key: f"{value:.4f}" if isinstance(value, float) else value for key, value in row.items()}
             for row in report["rows"]]  # fmt: skip
    write_table(path.with_suffix(".csv"), shown)


if __name__ == "__main__":
    main()
