"""The user-item graphs that propagation is measured on: real ones, and synthetic ones of any size."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pygmmrec.datasets import InteractionFolder
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.bipartite import square
from pygmmrec.kernels.sparse.normalize import normalize
from pygmmrec.typing import INTERACTS


class Known(NamedTuple):
    """A public data set: its place in the folder of data, and the size of its training graph."""

    path: str
    num_users: int
    num_items: int
    num_edges: int


KNOWN = {
    "tiktok": Known("tiktok", 9_308, 6_710, 59_541),
    "baby": Known("graphs/baby.inter", 19_445, 7_050, 118_551),
    "sports": Known("graphs/sports.inter", 35_598, 18_357, 218_409),
    "gowalla": Known("graphs/gowalla.npz", 29_858, 40_981, 810_128),
}
"""Read from the folder that PYGMMREC_DATA names; without it, synthetic graphs of the same size."""

USER_EXPONENT, ITEM_EXPONENT = 0.5, 0.75
"""The node of rank r is drawn in proportion to r^-a: degrees follow a power law with exponents 3 and 2.3."""


class Graph:
    """Training edges of users and items, and the matrices that layouts are made of, built when asked for.

    Args:
        name: What results call it.
        edge_index: Distinct user-item pairs, [2, E] int64.
        num_users: Number of users.
        num_items: Number of items.
        dtype: Of the weights.
        device: Of the matrices.
    """

    def __init__(
        self,
        name: str,
        edge_index: Tensor,
        num_users: int,
        num_items: int,
        *,
        dtype: torch.dtype = torch.float32,
        device: str | torch.device = "cpu",
    ) -> None:
        self.name = name
        self.edge_index = edge_index
        self.num_users, self.num_items = num_users, num_items
        self.dtype, self.device = dtype, torch.device(device)

    @property
    def num_nodes(self) -> int:
        """N = U + I."""
        return self.num_users + self.num_items

    @property
    def nnz(self) -> int:
        """Entries of the square matrix: each edge in both directions."""
        return 2 * self.edge_index.size(1)

    @cached_property
    def to_item(self) -> Adj:
        """The normalised matrix from users to items, [I, U]."""
        size = (self.num_users, self.num_items)
        weight = normalize(self.edge_index, None, size, "sym").to(self.dtype)
        return Adj.from_edge_index(self.edge_index, weight, size=size).to(self.device)

    @cached_property
    def square(self) -> Adj:
        """The normalised matrix of all nodes, [N, N]."""
        edges, size = square(self.edge_index, self.num_users), (self.num_nodes, self.num_nodes)
        weight = normalize(edges, None, size, "sym").to(self.dtype)
        return Adj.from_edge_index(edges, weight, size=size, symmetric=True).to(self.device)

    def cast(self, dtype: torch.dtype) -> Graph:
        """The same graph with weights of another precision."""
        size = self.num_users, self.num_items
        return Graph(self.name, self.edge_index, *size, dtype=dtype, device=self.device)


def read_graph(text: str, *, dtype: torch.dtype, device: str) -> Graph:
    """The graph that a command line names.

    Args:
        text: ``synthetic:N:E`` (N nodes, E user-item pairs), a name in :data:`KNOWN`, a folder or ``.inter``
            file as :class:`~pygmmrec.datasets.InteractionFolder` reads it, or an ``.npz`` file with
            ``train`` [2, E], ``num_users`` and ``num_items``.
        dtype: Of the weights.
        device: Of the matrices.
    """
    name = text
    if text in KNOWN:
        known = KNOWN[text]
        path = Path(os.environ.get("PYGMMREC_DATA", "data")) / known.path
        if not path.exists():
            parts = power_law(known.num_users, known.num_items, known.num_edges)
            return Graph(f"{text} (synthetic)", *parts, dtype=dtype, device=device)
    elif text.startswith("synthetic:"):
        num_nodes, num_edges = (int(float(number)) for number in text.split(":")[1:])
        num_items = num_nodes * 2 // 5
        parts = power_law(num_nodes - num_items, num_items, num_edges)
        return Graph(name, *parts, dtype=dtype, device=device)
    else:
        path, name = Path(text), Path(text).stem
    return Graph(name, *_read(path), dtype=dtype, device=device)


def _read(path: Path) -> tuple[Tensor, int, int]:
    """Training edges, number of users and of items of a file or folder."""
    if path.suffix == ".npz":
        arrays = np.load(path)
        edges = torch.from_numpy(arrays["train"]).long()
        return edges, int(arrays["num_users"]), int(arrays["num_items"])
    folder, table = (path, None) if path.is_dir() else (path.parent, path.stem)
    data = InteractionFolder(folder, name=table)[0]
    return data[INTERACTS].edge_index, data["user"].num_nodes, data["item"].num_nodes


def power_law(num_users: int, num_items: int, num_edges: int) -> tuple[Tensor, int, int]:
    """Distinct pairs [2, E] of nodes whose degrees follow power laws, and both sizes; always the same."""
    if num_edges > num_users * num_items // 4:
        raise ValueError(f"{num_edges} pairs are too many for {num_users} users and {num_items} items")
    generator = torch.Generator().manual_seed(0)
    keys = torch.empty(0, dtype=torch.int64)
    while keys.numel() < num_edges:
        draws = int(1.02 * (num_edges - keys.numel())) + 16  # some are drawn twice
        user = _ranks(num_users, draws, USER_EXPONENT, generator)
        item = _ranks(num_items, draws, ITEM_EXPONENT, generator)
        keys = torch.cat([keys, user * num_items + item]).unique()
    keys = keys[torch.randperm(keys.numel(), generator=generator)[:num_edges]]
    edges = torch.stack([keys // num_items, keys % num_items])
    for ranks, number in zip(edges, (num_users, num_items), strict=True):
        ranks.copy_(torch.randperm(number, generator=generator)[ranks])  # a rank tells nothing of the place
    return edges, num_users, num_items


def _ranks(number: int, draws: int, exponent: float, generator: torch.Generator) -> Tensor:
    """Ranks below a number, drawn in proportion to rank^-exponent by the inverse of their distribution."""
    uniform = torch.rand(draws, generator=generator, dtype=torch.float64)
    return (number * uniform.pow_(1 / (1 - exponent))).long().clamp_(max=number - 1)
