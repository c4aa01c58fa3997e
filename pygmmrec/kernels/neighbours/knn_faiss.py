"""Approximate neighbours by faiss: only the cells nearest to a row are searched."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from pygmmrec.utils.extras import load_extra

CELLS = 4
"""Cells per root of the number of rows, as faiss advises."""

PROBES = 32
"""Cells that are searched for each row."""

SAMPLE = 64
"""Rows per cell, and no more, that its centre is found from."""


def approximate_topk(unit: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Rows of length one, and the k nearest of each that are found by inner product, best first.

    Cells are those of k-means (an inverted file, ``IndexIVFFlat``), always the same for the same rows. Where
    the cells that are searched hold fewer than k rows, the index there is -1.

    Shapes:
        - **input:** [N, F]
        - **output:** indices [N, k] int64, products [N, k]

    Raises:
        ModuleNotFoundError: If faiss is not installed.
    """
    faiss: Any = load_extra("faiss", "faiss")
    rows = unit.detach().float().cpu().contiguous().numpy()
    num_cells = max(1, min(int(CELLS * math.sqrt(len(rows))), len(rows) // SAMPLE))
    index = faiss.IndexIVFFlat(
        faiss.IndexFlatIP(rows.shape[1]), rows.shape[1], num_cells, faiss.METRIC_INNER_PRODUCT
    )
    index.cp.max_points_per_centroid, index.cp.niter = SAMPLE, 10
    index.train(rows)
    index.add(rows)
    index.nprobe = min(PROBES, num_cells)
    value, found = index.search(rows, k)
    return torch.from_numpy(found).to(unit.device), torch.from_numpy(value).to(unit)
