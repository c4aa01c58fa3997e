from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from pygmmrec.kernels.columns.column_shard import ColumnShard, whole
from pygmmrec.kernels.columns.elementwise import elementwise_rule, lists, pointwise
from pygmmrec.kernels.columns.ranks import Ranks

TwoRanks = Callable[[Callable[[Ranks], Any]], list[Any]]

OPTIMIZERS: dict[str, dict[str, Any]] = {
    "Adam": {"fused": True},
    "AdamW": {"foreach": True},
    "Adagrad": {},
    "RMSprop": {"foreach": True},
    "SGD": {"lr": 0.1, "momentum": 0.9},
}

X = torch.linspace(-1, 1, 24, dtype=torch.float64).view(6, 4)
M = torch.linspace(0.5, -1, 16, dtype=torch.float64).view(4, 4)
COLUMN, ROW = X[:, :1], X[2]
FUNCTIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "beside rows and columns": lambda x: (x * 2 + ROW) * COLUMN - x.tanh(),
    "where": lambda x: torch.where(COLUMN > 0, x, ROW),
    "masked": lambda x: x.masked_fill(COLUMN > 0, 0.0),
    "in place": lambda x: x.clone().mul_(COLUMN).add_(ROW),
    "filled": lambda x: x + torch.ones_like(x) + torch.empty_like(x).fill_(2.0) + torch.full_like(x, 3.0),
    "dropout": lambda x: x * torch.rand(6, 4, dtype=x.dtype, generator=torch.Generator().manual_seed(1)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_value_and_gradient_are_those_of_the_whole(on_shards: Callable[..., bool], name: str) -> None:
    assert on_shards(FUNCTIONS[name], X)


def test_which_operations_have_a_rule() -> None:
    aten = torch.ops.aten
    assert elementwise_rule(aten.mul.Tensor) is pointwise
    assert elementwise_rule(aten._fused_adam_.default) is lists
    assert elementwise_rule(aten._foreach_norm.Scalar) is None
    assert elementwise_rule(aten.softmax.int) is None
    assert elementwise_rule(aten.bernoulli.default) is None


def steps(x: nn.Parameter, other: nn.Parameter, name: str) -> dict[str, Tensor]:
    """Three steps on a table and a matrix, cut to a norm; what the optimiser remembers of the table."""
    optimizer = getattr(torch.optim, name)([x, other], **OPTIMIZERS[name])
    for _ in range(3):
        optimizer.zero_grad()
        (x @ other).tanh().sum(dim=1).square().sum().backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_([x, other], 1.0)
        optimizer.step()
    return {key: value for key, value in optimizer.state[x].items() if value.numel() > 1}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimiser_steps_as_on_the_whole(two_ranks: TwoRanks, name: str) -> None:
    x, other = nn.Parameter(X.clone()), nn.Parameter(M.clone())
    moments = steps(x, other, name)

    def one(ranks: Ranks) -> tuple[Tensor, Tensor, dict[str, Tensor], bool]:
        shard, plain = nn.Parameter(ColumnShard.of(X, ranks)), nn.Parameter(M.clone())
        plain.register_hook(whole)  # type: ignore[no-untyped-call]
        kept = steps(shard, plain, name)
        divided = all(isinstance(value, ColumnShard) for value in kept.values())
        return whole(shard.detach()), plain.detach(), {key: whole(v) for key, v in kept.items()}, divided

    for table, matrix, kept, divided in two_ranks(one):
        assert divided
        torch.testing.assert_close(table, x.detach(), rtol=1e-8, atol=1e-8)
        torch.testing.assert_close(matrix, other.detach(), rtol=1e-8, atol=1e-8)
        torch.testing.assert_close(kept, moments, rtol=1e-8, atol=1e-8)


def test_tables_and_columns_into_each_other(two_ranks: TwoRanks) -> None:
    def one(ranks: Ranks) -> list[Tensor]:
        plain, copied, shard = X.clone(), torch.zeros_like(X), ColumnShard.of(X, ranks)
        plain.add_(shard)
        copied.copy_(shard + X)
        into = ColumnShard.of(torch.zeros_like(X), ranks)
        into.copy_(2 * X)
        listed = [X.clone(), ColumnShard.of(X, ranks)]
        torch._foreach_add_(listed, [shard, X])
        twice = torch._foreach_mul([shard, X], 2.0)
        norms = torch.stack(torch._foreach_norm([shard, X]))
        return [plain, copied, *map(whole, (into, *listed, *twice)), shard.new_zeros(2), norms]

    for *doubled, zeros, norms in two_ranks(one):
        assert all(value.equal(2 * X) for value in doubled)
        assert zeros.tolist() == [0, 0]
        torch.testing.assert_close(norms, X.norm().expand(2))
