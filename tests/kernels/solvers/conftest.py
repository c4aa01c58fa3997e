"""A small binary matrix, sparse and dense."""

import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj


@pytest.fixture
def binary() -> tuple[Adj, Tensor]:
    """Twelve users and nine items, of which the first has no user."""
    dense = torch.rand(12, 9, generator=torch.Generator().manual_seed(3)) < 0.35
    dense[:, 0] = False
    row, col = dense.nonzero().t()
    ones = torch.ones(len(row), dtype=torch.float64)
    return Adj.from_edge_index(torch.stack([col, row]), ones, size=(9, 12)), dense.double()
