"""Counts what a graph is of."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch_geometric.data import HeteroData

from pygmmrec.graph.is_graph import check_is_graph
from pygmmrec.graph.modalities import availability, stored_features
from pygmmrec.graph.summary import Degrees, Dropped, Modality, Part, Summary
from pygmmrec.typing import INTERACTS, ORIGIN, TEST, VALID
from pygmmrec.utils.check import check

PARTS = {"train": "edge_index", "valid": VALID, "test": TEST}

NOT_SAID: dict[str, Any] = {"rows": None, "steps": (), "split": None, "features": {}}
"""What is known of a graph that does not say what it was built from."""


def summarize(data: HeteroData) -> Summary:
    """What a graph is of, whoever built it.

    Args:
        data: The graph, left alone. Where it was built by :func:`~pygmmrec.data.build_hetero_data`, it says
            what was left out on the way; what was left out of the graph later counts as one more step.

    Raises:
        ValueError: If it is no graph, or has no training edges.
    """
    check_is_graph(data, "summarize")
    there = INTERACTS in data.edge_types and "edge_index" in data[INTERACTS]
    check(there, "data", f"a graph with edges {INTERACTS}", "summarize", data.edge_types)
    sizes = {"user": int(data["user"].num_nodes), "item": int(data["item"].num_nodes)}
    counts = {
        name: [_degrees(data, key, side, size) for side, size in enumerate(sizes.values())]
        for name, key in PARTS.items()
    }  # [U] and [I] each
    parts = {name: _part(name, count, counts["train"]) for name, count in counts.items()}
    interactions = sum(part.interactions for part in parts.values())
    origin: dict[str, Any] = data.get(ORIGIN, NOT_SAID)
    dropped = [Dropped(**step) for step in origin["steps"]]
    if origin["rows"] is not None:
        gone = origin["rows"] - sum(step.rows for step in dropped) - interactions
        dropped += [Dropped("graph", "that a transform left out later", gone)] if gone > 0 else []
    available = availability(data)
    made_by = origin.get("features", {})
    modalities = {
        name: Modality(
            list(x.shape), int((~available[name]).sum()) if name in available else 0, made_by.get(name)
        )
        for name, x in stored_features(data).items()
    }
    return Summary(
        rows=origin["rows"],
        dropped=dropped,
        split=origin["split"],
        users=sizes["user"],
        items=sizes["item"],
        parts=parts,
        density=interactions / max(sizes["user"] * sizes["item"], 1),
        degrees={node: _distribution(count) for node, count in zip(sizes, counts["train"], strict=True)},
        modalities=modalities,
    )


def _degrees(data: HeteroData, key: str, side: int, size: int) -> np.ndarray:
    """How many pairs of a part each user has, or each item: [N]."""
    store = data[INTERACTS]
    pairs = store[key] if key in store else torch.empty(2, 0, dtype=torch.int64)
    return pairs[side].bincount(minlength=size).cpu().numpy()


def _part(name: str, counts: list[np.ndarray], trained: list[np.ndarray]) -> Part:
    there = [count > 0 for count in counts]
    asked = [np.ones_like(has) for has in there] if name == "train" else there
    cold = [int((has & (train == 0)).sum()) for has, train in zip(asked, trained, strict=True)]
    return Part(int(counts[0].sum()), int(there[0].sum()), int(there[1].sum()), *cold)


def _distribution(count: np.ndarray) -> Degrees:
    if len(count) == 0:
        return Degrees(0, 0.0, 0.0, 0)
    return Degrees(int(count.min()), float(np.median(count)), float(count.mean()), int(count.max()))
