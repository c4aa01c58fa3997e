from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

X = torch.linspace(-1, 1, 24, dtype=torch.float64).view(6, 4)
M = torch.linspace(0.5, -1, 16, dtype=torch.float64).view(4, 4)
DIVIDED: dict[str, Callable[[Tensor], Tensor]] = {
    "mean of rows": lambda x: x.mean(dim=0),
    "sum of rows": lambda x: x.sum(dim=0, keepdim=True),
    "product": lambda x: x @ M,
    "linear": lambda x: F.linear(x, M, X[0]).relu(),
    "product from the left": lambda x: X @ (X.t() @ x),
    "two products": lambda x: (x @ M) @ M,
    "normalised": lambda x: x / x.norm(dim=-1, keepdim=True),
}
WHOLE: dict[str, Callable[[Tensor], Tensor]] = {
    "sum of columns": lambda x: x.sum(dim=-1),
    "mean of columns": lambda x: x.mean(dim=1, keepdim=True),
    "sum": lambda x: x.square().sum(),
    "mean": lambda x: x.square().mean(),
    "norm": lambda x: x.norm(),
    "other norm": lambda x: torch.linalg.vector_norm(x, 1, dim=-1),
    "norm of columns": lambda x: x.norm(dim=0),
    "wider product": lambda x: x @ torch.cat([M, M], dim=1),
    "odd product": lambda x: x @ M[:, :3],
    "divided bias": lambda x: torch.addmm(x, X, M, beta=2),
}


@pytest.mark.parametrize("name", DIVIDED)
def test_every_column_has_its_own(on_shards: Callable[..., bool], name: str) -> None:
    assert on_shards(DIVIDED[name], X)


@pytest.mark.parametrize("name", WHOLE)
def test_all_columns_are_in_one_number(on_shards: Callable[..., bool], name: str) -> None:
    assert not on_shards(WHOLE[name], X)
