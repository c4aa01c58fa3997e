"""Train models on a data set with several seeds, and print mean ± std of their test metrics.

    python benchmarks/accuracy/main.py --model LightGCN CRANE --dataset tiktok --root path/to/tiktok \\
        --seeds 1 2 3 --output runs/accuracy

Settings come from presets/DATASET/MODEL.toml where there is one, chosen on validation, or from the folder of
presets that --preset names; a model without a preset runs with its defaults. Every run leaves
OUTPUT/MODEL/seed-N/result.json. A run that has its result is not repeated, an interrupted one goes on, and
report.py renders the table again from the result files.
"""

import argparse
import logging
from pathlib import Path

from preset_run import load_preset, train
from report import render

import pygmmrec.models

MODELS = [name for name in pygmmrec.models.__all__ if name != "Recommender"]


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", nargs="+", required=True, choices=MODELS, metavar="NAME")
    parser.add_argument("--dataset", default="synthetic", choices=["synthetic", "tiktok", "folder"])
    parser.add_argument("--root", help="folder of the data set; 'synthetic' needs none")
    parser.add_argument("--preset", help="folder under presets/; that of the data set's name by default")
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
            results.append(
                train(
                    name,
                    seed,
                    load_preset(args.preset or args.dataset, name),
                    dataset=args.dataset,
                    root=args.root,
                    output=Path(args.output) / name / f"seed-{seed}",
                    epochs=args.epochs,
                    device=args.device,
                )
            )
    print(render(results))


if __name__ == "__main__":
    main()
