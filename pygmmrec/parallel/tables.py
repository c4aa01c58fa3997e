"""A model whose node tables are divided by columns, and whole again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from pygmmrec.kernels.columns.column_shard import ColumnShard, whole
from pygmmrec.kernels.columns.ranks import Ranks
from pygmmrec.models.recommender import Recommender
from pygmmrec.utils.check import check


def divided_names(model: Recommender, size: int) -> list[str]:
    """Which weights are divided among so many processes.

    These are its node tables: each :class:`~pygmmrec.nn.NodeTable` of more than one column, and of the other
    weights with a row per node those whose columns can be shared out evenly.

    Args:
        model: The model.
        size: Number of processes P.

    Raises:
        ValueError: If the columns of a :class:`~pygmmrec.nn.NodeTable` are no multiple of P.
    """
    weights = {name: weight for name, weight in model.named_parameters() if weight.dim() == 2}
    wide = [name for name in model.node_tables() if name in weights and weights[name].size(1) > 1]
    for name in set(wide) & set(Recommender.node_tables(model)):
        num_columns = weights[name].size(1)
        wanted = f"a divisor of {num_columns}, the columns of {name!r},"
        check(num_columns % size == 0, "devices", wanted, model, size)
    return [name for name in wide if weights[name].size(1) % size == 0]


class DividedTables:
    """Divides the node tables of a model, until :meth:`join` makes them whole.

    All other weights stay whole in all processes. The model's parameters are other objects meanwhile.

    Args:
        model: The model, on its device.
        ranks: The processes.

    Raises:
        ValueError: As for :func:`divided_names`.
    """

    def __init__(self, model: Recommender, ranks: Ranks) -> None:
        names = set(divided_names(model, ranks.size))
        self._model, self._shards = model, list[tuple[nn.Parameter, nn.Parameter]]()
        self._hooks: list[Any] = []
        for name, weight in list(model.named_parameters()):
            if name in names:
                shard = nn.Parameter(ColumnShard.of(weight, ranks), requires_grad=weight.requires_grad)
                weight.data = weight.data.new_empty(0)  # the object comes back, its memory is free
                self._shards.append((weight, shard))
                _exchange(model, weight, shard)
            if weight.requires_grad and name in names:
                self._hooks.append(shard.register_hook(lambda grad: _divided(grad, ranks)))
            elif weight.requires_grad:
                self._hooks.append(weight.register_hook(whole))

    def join(self) -> None:
        """Make all tables whole, as the parameters that they were. All processes call this."""
        for weight, shard in self._shards:
            weight.data = whole(shard.detach())
            _exchange(self._model, shard, weight)
        for hook in self._hooks:
            hook.remove()
        self._shards.clear()
        self._hooks.clear()


@contextmanager
def whole_weights(model: Recommender) -> Iterator[None]:
    """Whole tables for a while, in which processes may do different things, without gradient."""
    shards = [weight for weight in model.parameters() if isinstance(weight, ColumnShard)]
    pairs = [(shard, nn.Parameter(shard.whole(), requires_grad=False)) for shard in shards]
    for shard, plain in pairs:
        _exchange(model, shard, plain)
    try:
        yield
    finally:
        for shard, plain in pairs:
            _exchange(model, plain, shard)


def divide_moments(optimizer: Optimizer) -> None:
    """What an optimiser remembers of a divided table, read from a file where it is whole, has its columns."""
    for weight, moments in optimizer.state.items():
        if isinstance(weight, ColumnShard):
            for name, value in moments.items():
                if isinstance(value, Tensor) and value.shape == weight.shape:
                    moments[name] = _divided(value, weight.ranks)


def _divided(x: Tensor, ranks: Ranks) -> Tensor:
    return x if isinstance(x, ColumnShard) else ColumnShard.of(x, ranks)


def _exchange(model: nn.Module, old: Tensor, new: nn.Parameter) -> None:
    """Another parameter in all the places of one."""
    for module in model.modules():
        for name, weight in module._parameters.items():
            if weight is old:
                module._parameters[name] = new
