from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pygmmrec.kernels.columns.column_shard import ColumnShard, own_columns, ranks_of, whole
from pygmmrec.kernels.columns.ranks import Ranks

TwoRanks = Callable[[Callable[[Ranks], Any]], list[Any]]

X = torch.linspace(-1, 1, 24, dtype=torch.float64).view(6, 4)
WHOLE: dict[str, Callable[[Tensor], Tensor]] = {
    "softmax": lambda x: x.softmax(dim=-1),
    "layer_norm": lambda x: F.layer_norm(x, (4,)),
    "batch_norm": lambda x: F.batch_norm(x, None, None, training=True),
    "transposed": lambda x: x.t().tanh(),
    "std": lambda x: x.std(dim=0),
    "einsum": lambda x: torch.einsum("nd,de->ne", x, X[:4]),
    "logsumexp": lambda x: (x @ X.t()).logsumexp(dim=-1),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_mixes_columns_is_gathered(on_shards: Callable[..., bool], name: str) -> None:
    assert not on_shards(WHOLE[name], X)


def test_it_has_the_shape_of_the_whole_and_its_own_columns(two_ranks: TwoRanks) -> None:
    def one(ranks: Ranks) -> tuple[Any, ...]:
        shard = ColumnShard.of(X, ranks)
        assert ranks_of(None, X, shard) is ranks
        assert own_columns(X, ranks).equal(shard.local)
        return shard.shape, shard.numel(), shard.local, repr(shard)

    for rank, (shape, numel, local, told) in enumerate(two_ranks(one)):
        assert (shape, numel) == (X.shape, X.numel())
        assert local.equal(X[:, 2 * rank : 2 * rank + 2])
        assert told == f"ColumnShard([6, 4], rank {rank} of 2)"
    assert ranks_of(X) is None
    assert whole(X) is X


def test_columns_that_cannot_be_shared_out(two_ranks: TwoRanks) -> None:
    with pytest.raises(ValueError, match=r"'x' needs to be a tensor whose columns are a multiple of 2"):
        two_ranks(lambda ranks: ColumnShard.of(X[:, :3], ranks))


def test_what_is_drawn_is_what_one_process_draws(two_ranks: TwoRanks) -> None:
    def draw(x: Tensor) -> Tensor:
        return x.normal_(generator=torch.Generator().manual_seed(2))

    expected = draw(X.clone())
    for found in two_ranks(lambda ranks: whole(draw(ColumnShard.of(X, ranks)))):
        assert found.equal(expected)
