"""Tables of interactions, ``.inter``."""

from __future__ import annotations

import random
import re
from decimal import Decimal
from pathlib import Path

import numpy as np
from torch import Tensor
from torch_geometric.data import HeteroData

from attacks.campaign import Target
from attacks.mutate import damaged, damaged_table
from attacks.outcome import WrongData
from pygmmrec.data import build_hetero_data
from pygmmrec.typing import INTERACTS, TEST, VALID

FEATURES = np.random.default_rng(7).normal(size=(12, 5)).astype(np.float32)
LABELS = [0, 0, 0, 1, 2]
COLUMNS = ("userID", "itemID", "rating", "timestamp", "x_label")


def _tables() -> tuple[bytes, bytes]:
    rng = np.random.default_rng(7)
    pairs = sorted(
        set(zip(rng.integers(9, size=60).tolist(), rng.integers(12, size=60).tolist(), strict=True))
    )
    whole, texts = ["\t".join(COLUMNS)], ["userID\titemID\tx_label"]
    for row, (user, item) in enumerate(pairs):
        label = LABELS[row % len(LABELS)]
        whole.append(f"{user}\t{item}\t{rng.integers(1, 6)}.0\t{1000 + row}\t{label}")
        texts.append(f"u{user:02d}\titem {item}é\t{label}")
    return "\n".join([*whole, ""]).encode(), "\n".join([*texts, ""]).encode()


class TableFile(Target):
    """A table of numbers with ratings and times, or one of texts; with features or without."""

    name = "inter"

    def right(self) -> bytes:
        """Numbers, ratings and times."""
        return _tables()[0]

    def damage(self, rng: random.Random) -> bytes:
        """Other cells and rows, or other bytes."""
        data = rng.choice(_tables())
        return damaged(rng, data, 30) if rng.random() < 0.45 else damaged_table(rng, data)

    def read(self, raw: bytes, folder: Path) -> None:
        """Build a graph, and compare its pairs, ratings and times with the cells."""
        path = folder / "a.inter"
        path.write_bytes(raw)
        features = {"image": FEATURES} if b"item " not in raw and len(raw) % 2 else None
        data = build_hetero_data(path, features)
        columns = _columns(raw)
        _compare_pairs(columns, data)
        for name in ("rating", "timestamp"):
            _compare_values(columns, data, name)
        if features and not np.array_equal(data["item"].image.numpy(), FEATURES):
            raise WrongData("other features")


def _columns(raw: bytes) -> dict[str, list[str]]:
    """The cells of the columns that have a meaning, by their names."""
    text = raw.decode("utf-8-sig")
    lines = re.split(r"\r\n|\n|\r", text.rstrip("\r\n"))
    if len(set(re.findall(r"\r\n|\n|\r", text))) > 1:  # whose blank lines are where one kind meets another
        lines = [line for line in lines if line]
    header, *rows = [line.split("\t") for line in lines]
    if any(len(row) != len(header) for row in rows):
        raise WrongData("rows of other lengths")
    names = [re.sub(r":(token|float)(_seq)?$", "", name) for name in header]
    plain = [re.sub(r"[\W_]", "", name).casefold() for name in names]
    found = {name: names.index(name) for name in COLUMNS if name in names}
    for name in set(COLUMNS) - set(found):  # written almost so, or one of the other names
        for other in (re.sub(r"[\W_]", "", name).casefold(), name.removesuffix("ID")):
            if name not in found and plain.count(other) == 1:
                found[name] = plain.index(other)
    for name in COLUMNS:
        if header.count(name) > 1 or (name not in header and names.count(name) > 1):
            raise WrongData(f"the column {name} is there twice")
    return {name: [row[place] for row in rows] for name, place in found.items()}


def _named(data: HeteroData, pairs: Tensor) -> list[tuple[str, str]]:
    users, items = (data[kind].raw_id.raw(index) for kind, index in zip(("user", "item"), pairs, strict=True))
    return [(str(user), str(item)) for user, item in zip(users, items, strict=True)]


def _rows(columns: dict[str, list[str]]) -> list[int]:
    """Numbers of the rows that are interactions: those not rated zero."""
    ratings = columns.get("rating")
    count = len(columns["userID"])
    return [row for row in range(count) if ratings is None or Decimal(ratings[row]) != 0]


def _compare_pairs(columns: dict[str, list[str]], data: HeteroData) -> None:
    rows = _rows(columns)
    pairs = list(zip(columns["userID"], columns["itemID"], strict=True))
    store = data[INTERACTS]
    found = [_named(data, part) for part in (store.edge_index, store[VALID], store[TEST])]
    if any(len(set(part)) != len(part) for part in found):
        raise WrongData("a pair is there twice")
    if "x_label" not in columns:
        same = set().union(*found) == {pairs[row] for row in rows}
    else:
        labels = [Decimal(label) for label in columns["x_label"]]
        wanted = [{pairs[row] for row in rows if labels[row] == label} for label in (0, 1, 2)]
        same = [set(part) for part in found] == wanted
    if not same:
        raise WrongData("other pairs than those of the table")


def _compare_values(columns: dict[str, list[str]], data: HeteroData, name: str) -> None:
    """Each training edge has the value of one of its rows."""
    if (name in data[INTERACTS]) != (name in columns):
        raise WrongData(f"{name} is in the table or in the graph, not in both")
    if name not in columns:
        return
    if any("_" in cell for cell in columns[name]):
        raise WrongData(f"{name} with an underscore was read as a number")
    as_read = np.float32 if name == "rating" else np.float64
    said: dict[tuple[str, str], set[float]] = {}
    for row in _rows(columns):
        value = float(as_read(float(columns[name][row])))
        said.setdefault((columns["userID"][row], columns["itemID"][row]), set()).add(value)
    edges = _named(data, data[INTERACTS].edge_index)
    for pair, value in zip(edges, data[INTERACTS][name].tolist(), strict=True):
        if not np.isfinite(value) or value not in said[pair]:
            raise WrongData(f"{name} {value} of {pair}, where the table says {said[pair]}")
