"""Train LightGCN with `fit`, the loop of `train_crane.py` in one call.

    python examples/train_lightgcn.py --dataset synthetic --output runs/lightgcn
    python examples/train_lightgcn.py --dataset tiktok --root path/to/tiktok --output runs/lightgcn-tiktok
    python examples/train_lightgcn.py --dataset folder --root path/to/my_set --output runs/my_set

The folder then holds result.json, curves.png, model.safetensors and state.pt.
"""

import argparse
import logging
import signal
import sys

from torch_geometric import seed_everything

from pygmmrec.datasets import load_dataset
from pygmmrec.models import LightGCN
from pygmmrec.training import fit

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--dataset", default="synthetic", choices=["synthetic", "tiktok", "lfm2k", "folder"])
parser.add_argument("--root", help="folder of the data set; 'synthetic' needs none")
parser.add_argument("--epochs", type=int, default=200, help="most epochs; validation may stop earlier")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:1")
parser.add_argument("--output", default="runs/lightgcn")
parser.add_argument("--resume", action="store_true", help="go on with an interrupted run of the same output")
args = parser.parse_args()
logging.basicConfig(level=logging.INFO, format="%(message)s")
signal.signal(signal.SIGINT, lambda *_: sys.exit(130))  # Ctrl-C ends with one line and no trace
seed_everything(args.seed)

data = load_dataset(args.dataset, args.root)[0]
data = LightGCN.prepare(data)
model = LightGCN.from_data(data, num_layers=3, reg_weight=1e-2)
result = fit(
    model,
    data,
    epochs=args.epochs,
    lr=1e-3,
    patience=50,
    seed=args.seed,
    device=args.device,
    output=args.output,
    resume=args.resume,
    dataset=args.dataset,
)
print(f"\n{result.model} on {result.dataset}, best epoch {result.best_epoch} of {result.epochs}")
print(result.table())
