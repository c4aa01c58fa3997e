"""From raw files to named recommendations: who played whom how often, names and tags of artists.

    python examples/from_raw_files.py
    python examples/from_raw_files.py --folder path/to/lfm2k/raw --text-model all-MiniLM-L6-v2

The folder holds plays.csv (user, artist, plays) and artists.csv (id, name, tags). Without a text model, words
are hashed, which needs no weights.
"""

import argparse
import logging
import signal
import sys
from pathlib import Path

from sklearn.feature_extraction.text import HashingVectorizer

import pygmmrec as pg
from pygmmrec.data import Columns, Positives, summarize

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--folder", type=Path, default=Path(__file__).parent / "data")
parser.add_argument("--text-model", help="name or folder of a model of sentence-transformers")
parser.add_argument("--epochs", type=int, default=60, help="most epochs; validation may stop earlier")
parser.add_argument("--output", type=Path, default=Path("runs/from-raw-files"))
args = parser.parse_args()
logging.basicConfig(level=logging.INFO, format="%(message)s")
signal.signal(signal.SIGINT, lambda *_: sys.exit(130))  # Ctrl-C ends with one line and no trace


def hashed(texts):
    """Rows of length one; words that two texts share make them alike."""
    return HashingVectorizer(n_features=256, dtype="float32").transform(texts).toarray()


data = pg.read(
    args.folder / "plays.csv",
    columns=Columns("user", "artist", "plays"),
    items=args.folder / "artists.csv",
    text=["name", "tags"],
    text_model=args.text_model or hashed,
    positives=Positives(min_rating=2, k_core=5),  # once is an accident
    cache_dir=args.output / "features",
)
print(summarize(data), end="\n\n")

data = pg.FREEDOM.prepare(data)
model = pg.FREEDOM.from_data(data, seed=0)
result = pg.fit(model, data, epochs=args.epochs, lr=1e-2, patience=20, output=args.output, dataset="plays")
print(result.table(), end="\n\n")

names = dict(zip(data["item"].raw_id.ids, data["item"].info.title, strict=True))
users = data["user"].raw_id.ids[:3]
lists, _ = model.recommend(data, users, k=5, exclude="train")
for user, items in zip(users, lists.tolist(), strict=True):
    print(f"{user}: {', '.join(names[item] or str(item) for item in items)}")
