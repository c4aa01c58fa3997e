"""Train CRANE: a graph, a model, a loop, a table.

    python examples/train_crane.py --dataset synthetic --output runs/crane
    python examples/train_crane.py --dataset tiktok --root path/to/tiktok --output runs/crane-tiktok
    python examples/train_crane.py --dataset folder --root path/to/my_set --output runs/my_set

The folder then holds result.json, curves.png, model.safetensors and state.pt.
"""

import argparse
import logging
import signal
import sys

from torch_geometric import seed_everything

from pygmmrec.datasets import load_dataset
from pygmmrec.models import CRANE
from pygmmrec.training import Run

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--dataset", default="synthetic", choices=["synthetic", "tiktok", "lfm2k", "folder"])
parser.add_argument("--root", help="folder of the data set; 'synthetic' needs none")
parser.add_argument("--epochs", type=int, default=200, help="most epochs; validation may stop earlier")
parser.add_argument("--patience", type=int, default=20, help="epochs without a better one before it stops")
parser.add_argument("--correlation", default="feature", choices=["entity", "feature"], help="attention")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:1")
parser.add_argument("--output", default="runs/crane")
parser.add_argument("--resume", action="store_true", help="go on with an interrupted run of the same output")
args = parser.parse_args()
logging.basicConfig(level=logging.INFO, format="%(message)s")
signal.signal(signal.SIGINT, lambda *_: sys.exit(130))  # Ctrl-C ends with one line and no trace
seed_everything(args.seed)

# Graph: users, items and their features, degree-normalised once.
data = load_dataset(args.dataset, args.root)[0]
data = CRANE.prepare(data)

# Features, Propagate: the paper's architecture with the preset of TikTok.
model = CRANE.from_data(
    data,
    num_ui_layers=4,
    rca={"correlation": args.correlation, "start_as_identity": True},
    fusion="average",
    k=10,
    refresh_every=4,
    cl_weight=3e-3,
    temperature=0.2,
    reg_weight=1e-2,
    reduction="mean",
)

# Rank: validation chooses the epoch, the test set is scored once, in `finish`.
with Run(
    model,
    data,
    epochs=args.epochs,
    lr=3e-3,
    patience=args.patience,
    seed=args.seed,
    device=args.device,
    output=args.output,
    resume=args.resume,
    dataset=args.dataset,
) as run:
    for graph in run:  # an epoch's graph: adaptive DropEdge
        run.refresh(graph)  # attention makes the item graph, anew every four steps
        for batch in run.batches():  # users, positives, negatives
            terms = run.loss(graph, batch)  # BPR, contrast of the two views, L2
            run.step(terms)
        run.validate()
    result = run.finish()

print(f"\n{result.model} on {result.dataset}, best epoch {result.best_epoch} of {result.epochs}")
print(result.table())
user = data["user"].raw_id.ids[0]
items, _ = model.recommend(run.data, [user], k=5, exclude="train")
print(f"\nFor user {user!r}: items {items[0].tolist()}. More in {args.output}")
