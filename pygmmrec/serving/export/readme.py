"""What the README of an export says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

READ = {
    "parquet": """\
import numpy as np
import pyarrow.parquet as pq

users, items = pq.read_table("users.parquet"), pq.read_table("items.parquet")


def vectors(table):
    column = table["vector"].combine_chunks()
    return column.flatten().to_numpy(zero_copy_only=False).reshape(len(column), -1)


user_ids, item_ids = users["id"].to_pylist(), items["id"].to_pylist()
user_vectors, item_vectors = vectors(users), vectors(items)
""",
    "numpy": """\
import json

import numpy as np

user_ids, item_ids = (json.load(open(f"{kind}_ids.json", encoding="utf-8")) for kind in ("user", "item"))
user_vectors, item_vectors = np.load("user_vectors.npy"), np.load("item_vectors.npy")
""",
    "safetensors": """\
import json

import numpy as np
from safetensors.numpy import load_file

user_ids, item_ids = (json.load(open(f"{kind}_ids.json", encoding="utf-8")) for kind in ("user", "item"))
vectors = load_file("vectors.safetensors")
user_vectors, item_vectors = vectors["user"], vectors["item"]
""",
    "faiss": """\
import json

import faiss
import numpy as np

user_ids, item_ids = (json.load(open(f"{kind}_ids.json", encoding="utf-8")) for kind in ("user", "item"))
user_vectors = np.load("user_vectors.npy")
index = faiss.read_index("items.hnsw.faiss")  # or items.flat.faiss, which is exact
""",
}

SCORE = """\
scores = user_vectors[0].astype("float32") @ item_vectors.astype("float32").T
best = [item_ids[place] for place in np.argsort(-scores)[:10]]  # for the user user_ids[0]
"""

SEARCH = """\
scores, places = index.search(user_vectors[:1], 10)
best = [item_ids[place] for place in places[0] if place >= 0]  # for the user user_ids[0]
"""

FILES = {
    "parquet": "`users.parquet` and `items.parquet` have a row for each: `id`, `title` where one is known, "
    "and `vector`, a list of fixed size.",
    "numpy": "`user_vectors.npy` and `item_vectors.npy` have a row for each. `user_ids.json` and "
    "`item_ids.json` are lists of their raw ids, in the order of rows.",
    "safetensors": "`vectors.safetensors` has the tensors `user` and `item`, with a row for each. "
    "`user_ids.json` and `item_ids.json` are lists of their raw ids, in the order of rows.",
    "faiss": "`items.flat.faiss` and `items.hnsw.faiss` are indices of the items for dot products: the first "
    "is exact, the second a graph that is faster for many items and may miss some. `user_vectors.npy` has a "
    "row for each user. `user_ids.json` and `item_ids.json` are lists of raw ids, in the order of rows.",
}

LISTS = """\
from pathlib import Path

import pyarrow.parquet as pq

lists = pq.read_table("lists")  # all parts at once
num_rows = 0
for part in sorted(Path("lists").glob("part-*.parquet")):
    for rows in pq.ParquetFile(part).iter_batches():  # or some rows at a time
        num_rows += rows.num_rows
"""


def readme_of_vectors(about: Mapping[str, Any]) -> str:
    """What an export of vectors says of itself.

    Args:
        about: What ``export.json`` says.
    """
    kind = about["format"]
    code = READ[kind] + "\n" + (SEARCH if kind == "faiss" else SCORE)
    recall = _recall(about)
    told = f"""\
The score of an item for a user is the dot product of their vectors, of {about["dim"]} numbers, stored as
{about["dtype"]}: the higher, the better. Items that a user has already are not left out.
"""
    return f"# Vectors of {_origin(about)}\n\n{FILES[kind]}\n\n{told}{recall}\n```python\n{code}```\n"


def readme_of_lists(about: Mapping[str, Any]) -> str:
    """What an export of lists says of itself. Args: as in :func:`readme_of_vectors`."""
    left_out = about["exclude"]
    told = f"Left out are each user's items of `{left_out}`." if left_out else "No item is left out."
    text = f"""\
`lists/part-*.parquet` have the {about["k"]} best items of every user, or as many as there are, in
{about["rows"]} rows: {", ".join(f"`{name}`" for name in about["columns"])}. Ranks start at 1, with the best.
A part has up to {about["users_per_part"]} users, whose lists are whole. {told}
"""
    return f"# Lists of {_origin(about)}\n\n{text}\n```python\n{LISTS}```\n"


def _recall(about: Mapping[str, Any]) -> str:
    if "recall" not in about:
        return ""
    checked = about["recall"]
    found = ", ".join(f"{name} {value:.4f}" for name, value in checked["of"].items())
    return f"""
Recall of the {checked["k"]} best items of {checked["users"]} users against exact ranking: {found}.
To find more with HNSW, raise `faiss.ParameterSpace().set_index_parameter(index, "efSearch", 256)`.
"""


def _origin(about: Mapping[str, Any]) -> str:
    trained = f" on {about['dataset']}" if about.get("dataset") else ""
    return f"{about['model']}{trained}: {about['num_users']} users, {about['num_items']} items"
