"""Train MambaRec: a graph, a model, a loop, a table.

    python examples/train_mambarec.py --dataset synthetic --output runs/mambarec
    python examples/train_mambarec.py --dataset tiktok --root path/to/tiktok --output runs/mambarec-tiktok
    python examples/train_mambarec.py --dataset folder --root path/to/my_set --output runs/my_set

The folder then holds result.json, curves.png, model.safetensors and state.pt; plot_embeddings.py draws what
the model has learned.
"""

import argparse
import logging
import signal
import sys

from torch_geometric import seed_everything

from pygmmrec.datasets import load_dataset
from pygmmrec.models import MambaRec
from pygmmrec.training import Run

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--dataset", default="synthetic", choices=["synthetic", "tiktok", "lfm2k", "folder"])
parser.add_argument("--root", help="folder of the data set; 'synthetic' needs none")
parser.add_argument("--modality", nargs="+", help="use these modalities only")
parser.add_argument("--variant", default="paper", choices=["paper", "released"])
parser.add_argument("--epochs", type=int, default=200, help="most epochs; validation may stop earlier")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:1")
parser.add_argument("--output", default="runs/mambarec")
parser.add_argument("--resume", action="store_true", help="go on with an interrupted run of the same output")
args = parser.parse_args()
logging.basicConfig(level=logging.INFO, format="%(message)s")
signal.signal(signal.SIGINT, lambda *_: sys.exit(130))  # Ctrl-C ends with one line and no trace
seed_everything(args.seed)

# Graph: users and items, and each item's nearest in each modality, all frozen.
data = load_dataset(args.dataset, args.root)[0]
data = MambaRec.pre_transform(k=10, modality=args.modality)(data)

# Features, Propagate: the paper's settings.
names = (
    {} if args.modality is None else {"modality_dims": {m: data["item"][m].size(1) for m in args.modality}}
)
model = MambaRec.from_data(
    data,
    num_ui_layers=4,
    reduction=8,  # all modalities to an eighth of the smallest
    mmd_weight=0.15,  # global alignment: distributions of modalities come together
    cl_weight=0.01,
    variant=args.variant,
    **names,
)

# Rank: validation chooses the epoch, the test set is scored once, in `finish`.
with Run(
    model,
    data,
    epochs=args.epochs,
    lr=1e-3,
    patience=20,
    seed=args.seed,
    device=args.device,
    output=args.output,
    resume=args.resume,
    dataset=args.dataset,
) as run:
    for graph in run:
        for batch in run.batches():  # users, positives, negatives
            terms = run.loss(graph, batch)  # BPR, L2, MMD, InfoNCE
            run.step(terms)
        run.validate()
    result = run.finish()

print(f"\n{result.model} on {result.dataset}, best epoch {result.best_epoch} of {result.epochs}")
print(result.table())
user = data["user"].raw_id.ids[0]
items, _ = model.recommend(run.data, [user], k=5, exclude="train")
print(f"\nFor user {user!r}: items {items[0].tolist()}. More in {args.output}")
