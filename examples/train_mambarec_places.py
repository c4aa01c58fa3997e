"""Train MambaRec on token sequences and feature maps, where the dilation of its attention is real.

    python examples/train_mambarec_places.py --output runs/mambarec-places
    python examples/train_mambarec_places.py --pool --output runs/mambarec-pooled
    python examples/train_mambarec_places.py --root path/to/my_set --output runs/my_set

Published features are one vector for each item. There the dilated kernels of DREAM see their centre only, and
its branches are one linear map. Tokens [I, L, F] and maps [I, F, H, W] of an encoder have places: kernels
with taps 6, 12 and 18 apart see others of them, and a mean over places follows. A folder of your own has them
in its feature files, with as many dimensions. Other models take vectors only, as --pool makes them.
"""

import argparse
import logging

from torch_geometric import seed_everything

from pygmmrec.datasets import InteractionFolder, SyntheticMultimodal
from pygmmrec.models import MambaRec
from pygmmrec.training import fit
from pygmmrec.transforms import PoolPlaces

TOKENS, TOKEN_SIZE = 20, 16
CHANNELS, HEIGHT, WIDTH = 16, 7, 7

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--root", help="folder of your own data; without it they are synthetic")
parser.add_argument("--pool", action="store_true", help="average places first, as for any other model")
parser.add_argument("--variant", default="paper", choices=["paper", "released"])
parser.add_argument("--epochs", type=int, default=60, help="most epochs; validation may stop earlier")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:1")
parser.add_argument("--output", default="runs/mambarec-places")
args = parser.parse_args()
logging.basicConfig(level=logging.INFO, format="%(message)s")
seed_everything(args.seed)

# Graph: each item has 20 tokens of text and a map of 7 x 7 places.
if args.root:
    data = InteractionFolder(args.root)[0]
else:
    sizes = {"text": TOKENS * TOKEN_SIZE, "image": CHANNELS * HEIGHT * WIDTH}
    data = SyntheticMultimodal(modalities=sizes)[0]
    data["item"]["text"] = data["item"]["text"].view(-1, TOKENS, TOKEN_SIZE)
    data["item"]["image"] = data["item"]["image"].view(-1, CHANNELS, HEIGHT, WIDTH)
if args.pool:
    data = PoolPlaces()(data)
data = MambaRec.prepare(data, k=10)  # neighbours are those of the mean over places

# Features: reduced at each place, refined among places, then averaged to a row for each item.
model = MambaRec.from_data(data, reduction=2, variant=args.variant)
print(model.dream)

# Propagate and rank: the loop of all models.
result = fit(
    model,
    data,
    epochs=args.epochs,
    seed=args.seed,
    device=args.device,
    output=args.output,
    dataset="synthetic" if args.root is None else "folder",
)
print(f"\n{result.model} on {result.dataset}, best epoch {result.best_epoch} of {result.epochs}")
print(result.table())
