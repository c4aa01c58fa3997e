"""Full ranking as it is commonly written: everything again for each batch of users, hits in a Python loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Sequence

import numpy as np
import torch
from torch_geometric.data import HeteroData

from pygmmrec.models.recommender import Recommender
from pygmmrec.typing import INTERACTS, TEST

METRICS = ("recall", "ndcg", "precision", "map")


def evaluate_ref(
    model: Recommender,
    data: HeteroData,
    ks: Sequence[int],
    *,
    batch_size: int = 4096,
    container: Callable[[set[int]], Container[int]] = set,
) -> dict[str, float]:
    """What :func:`~pygmmrec.evaluation.evaluate` computes of the test split, for the metrics above.

    The model propagates for each batch of users, a whole batch is scored at once, and a loop asks of each
    recommended item whether the user has it: a set, or an :func:`array`, as much of the field's code does.
    """
    known = set(data[INTERACTS].edge_index[0].tolist())
    held_out: dict[int, set[int]] = defaultdict(set)
    for user, item in data[INTERACTS][TEST].t().tolist():
        held_out[user].add(item)
    users = [user for user in sorted(held_out) if user in known]
    seen: dict[int, list[int]] = defaultdict(list)
    for user, item in data[INTERACTS].edge_index.t().tolist():
        seen[user].append(item)
    wanted = {user: container(items) for user, items in held_out.items()}
    model.eval()
    hits = []
    for start in range(0, len(users), batch_size):
        batch = users[start : start + batch_size]
        with torch.no_grad():
            out = model(data)
            scores = out.user[torch.tensor(batch)] @ out.item.t()  # [B, I]
        row = [place for place, user in enumerate(batch) for _ in seen[user]]
        scores[row, [item for user in batch for item in seen[user]]] = -torch.inf
        lists = scores.topk(max(ks), dim=1).indices.tolist()  # [B, K]
        for user, items in zip(batch, lists, strict=True):
            hits.append([item in wanted[user] for item in items])
    return _average(np.array(hits, dtype=float), np.array([len(held_out[user]) for user in users]), ks)


def array(items: set[int]) -> np.ndarray:
    """A set's items; asking it for one compares it with all."""
    return np.array(sorted(items))


def _average(hits: np.ndarray, sizes: np.ndarray, ks: Sequence[int]) -> dict[str, float]:
    """Metrics of the hits [U, K] of users with so many held-out items [U]."""
    place = np.arange(1, hits.shape[1] + 1)
    discount = 1 / np.log2(place + 1)
    found = hits.cumsum(1)  # [U, K]
    gain = (hits * discount).cumsum(1)
    precision = (hits * found / place).cumsum(1)
    ideal = discount.cumsum()
    result = {}
    for k in ks:
        most = np.minimum(sizes, k)
        values = {
            "recall": found[:, k - 1] / sizes,
            "ndcg": gain[:, k - 1] / ideal[most - 1],
            "precision": found[:, k - 1] / k,
            "map": precision[:, k - 1] / most,
        }
        result |= {f"{name}@{k}": float(value.mean()) for name, value in values.items()}
    return result
