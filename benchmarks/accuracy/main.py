"""Train models on a data set with several seeds, and print mean ± std of their test metrics.

    python benchmarks/accuracy/main.py --model LightGCN CRANE --dataset tiktok --root path/to/tiktok \\
        --seeds 1 2 3 --output runs/accuracy

Settings come from presets/DATASET/MODEL.toml where there is one, chosen on validation; a model without a
preset runs with its defaults. Every run leaves OUTPUT/MODEL/seed-N/result.json. A run that has its result is
not repeated, an interrupted one goes on, and report.py renders the table again from the result files.
"""

import argparse
import logging
import sys
from pathlib import Path
from typing import Any

from report import render
from torch_geometric import seed_everything

import pygmmrec.models
from pygmmrec.datasets import load_dataset
from pygmmrec.training import FitResult, fit

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PRESETS = Path(__file__).parent / "presets"
MODELS = [name for name in pygmmrec.models.__all__ if name != "Recommender"]
TABLES = ("model", "pre_transform", "epoch_transform", "training")


def load_preset(dataset: str, model: str) -> dict[str, dict[str, Any]]:
    """The tables of a preset; empty ones where there is no file."""
    path = PRESETS / dataset / f"{model}.toml"
    preset = tomllib.loads(path.read_text()) if path.is_file() else {}
    unknown = set(preset) - set(TABLES)
    if unknown:
        raise ValueError(f"A preset has the tables {TABLES} (got {sorted(unknown)} in {path})")
    return {table: preset.get(table, {}) for table in TABLES}


def train(name: str, seed: int, args: argparse.Namespace) -> FitResult:
    """One run, or its result if it is there with the same settings."""
    output = Path(args.output) / name / f"seed-{seed}"
    preset = load_preset(args.dataset, name)
    cls = getattr(pygmmrec.models, name)
    seed_everything(seed)
    data = cls.pre_transform(**preset["pre_transform"])(load_dataset(args.dataset, args.root)[0])
    model = cls.from_data(data, **preset["model"])
    options = {
        **preset["training"],
        "epoch_transform": cls.epoch_transform(**preset["epoch_transform"]),
        "seed": seed,
        "dataset": args.dataset,
        **({"epochs": args.epochs} if args.epochs else {}),
    }
    if (output / "result.json").is_file():
        result = FitResult.load(output / "result.json")
        if is_of(result, model.config, options):
            return result
        raise ValueError(f"{output} holds a result of other settings: choose another --output, or delete it")
    return fit(model, data, output=output, resume=True, device=args.device, **options)


def is_of(result: FitResult, model_config: dict[str, Any], options: dict[str, Any]) -> bool:
    """Whether a result is of these settings."""
    wanted = {**options, "epoch_transform": " ".join(repr(options["epoch_transform"]).split())}
    found = result.config["training"]
    return result.config["model"] == model_config and all(found[key] == wanted[key] for key in wanted)


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", nargs="+", required=True, choices=MODELS, metavar="NAME")
    parser.add_argument("--dataset", default="synthetic", choices=["synthetic", "tiktok", "folder"])
    parser.add_argument("--root", help="folder of the data set; 'synthetic' needs none")
    parser.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    parser.add_argument("--epochs", type=int, help="most epochs, instead of the preset's")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--output", default="runs/accuracy")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    results = []
    for name in args.model:
        for seed in args.seeds:
            logging.info("%s on %s, seed %d", name, args.dataset, seed)
            results.append(train(name, seed, args))
    print(render(results))


if __name__ == "__main__":
    main()
