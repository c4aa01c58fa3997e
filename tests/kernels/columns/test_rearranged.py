from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

X = torch.linspace(-1, 1, 24, dtype=torch.float64).view(6, 4)
PLACES = torch.tensor([0, 2, 2, 5])
DIVIDED: dict[str, Callable[[Tensor], Tensor]] = {
    "rows": lambda x: x[PLACES],
    "mask": lambda x: x[X[:, 0] > 0],
    "index_select": lambda x: x.index_select(0, PLACES),
    "embedding": lambda x: F.embedding(PLACES.view(2, 2), x),
    "index_add": lambda x: torch.zeros(7, 4, dtype=x.dtype).index_add(0, PLACES, x[:4]),
    "cat": lambda x: torch.cat([x, X, x[:2]]),
    "stack": lambda x: torch.stack([x, X]).mean(dim=0),
    "chunk": lambda x: x.chunk(2)[1],
    "split": lambda x: x.split([1, 5])[1],
    "unbind": lambda x: x.unbind()[3],
    "unsqueeze": lambda x: x.unsqueeze(0).expand(3, 6, 4),
    "view": lambda x: x.view(2, 3, 4).sum(dim=0),
    "cumsum": lambda x: x.cumsum(dim=0),
}
WHOLE: dict[str, Callable[[Tensor], Tensor]] = {
    "columns": lambda x: x[:, 1:3],
    "chunk of columns": lambda x: x.chunk(2, dim=1)[1],
    "beside columns": lambda x: torch.cat([x, X], dim=1),
    "other widths": lambda x: torch.cat([x.view(-1), X[0]]),
    "stack behind": lambda x: torch.stack([x, X], dim=2),
    "unsqueeze behind": lambda x: x.unsqueeze(-1),
    "cumsum of columns": lambda x: x.cumsum(dim=-1),
    "flat": lambda x: x.view(3, 8),
    "entries": lambda x: x[PLACES, torch.tensor([0, 1, 2, 3])],
    "into columns": lambda x: torch.zeros(6, 9, dtype=x.dtype).index_add(1, PLACES, x),
}


@pytest.mark.parametrize("name", DIVIDED)
def test_rows_move_with_their_columns(on_shards: Callable[..., bool], name: str) -> None:
    assert on_shards(DIVIDED[name], X)


@pytest.mark.parametrize("name", WHOLE)
def test_what_moves_columns_is_gathered(on_shards: Callable[..., bool], name: str) -> None:
    assert not on_shards(WHOLE[name], X)
