"""The work of building a graph, as somebody would write it with pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch
from torch import Tensor


def build_ref(frame: pd.DataFrame, seed: int = 0) -> dict[str, Tensor]:
    """Distinct pairs, numbered users and items, a split 8:1:1 of each user, and edges both ways.

    Args:
        frame: Columns ``userID``, ``itemID``, ``rating``, ``timestamp``.
        seed: Of the split.

    Returns:
        Edges [2, E] of each part, those of training backwards too, and what training edges carry.
    """
    frame = frame.sort_values("timestamp", kind="stable").drop_duplicates(["userID", "itemID"])
    frame = frame.assign(
        user=pd.factorize(frame["userID"], sort=True)[0],
        item=pd.factorize(frame["itemID"], sort=True)[0],
        key=np.random.default_rng(seed).random(len(frame)),
    )
    frame = frame.sort_values(["user", "key"])
    by_user = frame.groupby("user")
    rank, count = by_user.cumcount(), by_user["user"].transform("size")
    held = np.where(count > 2, np.maximum((0.2 * count).astype(int), 2), 0)
    frame["part"] = np.select([rank < held // 2, rank < held], [1, 2], 0)
    frame = frame.sort_values(["user", "item"])
    train = frame[frame["part"] == 0]
    back = train.sort_values(["item", "user"])
    found = {"train": train, "valid": frame[frame["part"] == 1], "test": frame[frame["part"] == 2]}
    tensors = {name: torch.from_numpy(part[["user", "item"]].to_numpy().T) for name, part in found.items()}
    tensors["back"] = torch.from_numpy(back[["item", "user"]].to_numpy().T)
    for name in ("rating", "timestamp"):
        tensors[name] = torch.from_numpy(train[name].to_numpy(copy=True))
        tensors[f"back {name}"] = torch.from_numpy(back[name].to_numpy(copy=True))
    return tensors
