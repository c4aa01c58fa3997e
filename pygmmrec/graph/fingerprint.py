"""What a graph is, in a few characters, so that results of another one are never taken for its own."""

from __future__ import annotations

import hashlib

from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.blocks import row_blocks
from pygmmrec.graph.precision import full_precision


def fingerprint(data: HeteroData) -> str:
    """A hash of all nodes, edges, held-out pairs and features of a graph, before any ``pre_transform``.

    Numbers in half precision count as the float32 that is computed with.
    """
    found = hashlib.blake2b(digest_size=8)
    for store in sorted(data.stores, key=lambda each: str(each._key)):
        for name, value in sorted(store.items(), key=lambda item: str(item[0])):
            if isinstance(value, Tensor):
                dtype = full_precision(value.new_empty(0)).dtype
                found.update(f"{store._key} {name} {dtype} {tuple(value.shape)}".encode())
                for block in row_blocks(value.detach().reshape(-1)):
                    found.update(full_precision(block.cpu()).numpy().tobytes())
            elif isinstance(value, (int, float, str)):
                found.update(f"{store._key} {name} {value}".encode())
    return found.hexdigest()
