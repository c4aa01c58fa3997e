"""What a graph is, in a few characters, so that results of another one are never taken for its own."""

from __future__ import annotations

import hashlib

from torch import Tensor
from torch_geometric.data import HeteroData


def fingerprint(data: HeteroData) -> str:
    """A hash of all nodes, edges, held-out pairs and features of a graph, before any ``pre_transform``."""
    found = hashlib.blake2b(digest_size=8)
    for store in sorted(data.stores, key=lambda each: str(each._key)):
        for name, value in sorted(store.items(), key=lambda item: str(item[0])):
            if isinstance(value, Tensor):
                plain = value.detach().cpu().contiguous()
                found.update(f"{store._key} {name} {plain.dtype} {tuple(plain.shape)}".encode())
                found.update(plain.numpy().tobytes())
            elif isinstance(value, (int, float, str)):
                found.update(f"{store._key} {name} {value}".encode())
    return found.hexdigest()
