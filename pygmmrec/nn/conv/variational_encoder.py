"""A normal distribution for each node, from features on the user-item graph."""

from __future__ import annotations

from typing import TypeAlias, cast

import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.kernels.rows.dropout import dropout
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check_integer, check_probability

Gaussian: TypeAlias = tuple[Embeddings, Embeddings]
"""Means and logarithms of variances of users and items, [U, D] and [I, D] each."""


class VariationalEncoder(nn.Module):
    r"""The graph encoder of MVGAE (`TMM 2021 <https://doi.org/10.1109/TMM.2021.3111487>`_) for one view.

    .. math::
        h = \mathrm{unit}([Q; X W + b]), \qquad
        \mathrm{conv}(h) = \mathrm{drop}\big(\mathrm{unit}(\mathrm{mean}_{N \cup \{self\}}(h W_n) + b_n)\big)

    .. math::
        h \leftarrow \phi(G \, \phi(\mathrm{conv}(h))) \;(T \text{ times}), \qquad
        \mu = G_\mu \phi(\mathrm{conv}_\mu(h)) + \phi(L_\mu h), \qquad \log \sigma^2 \text{ likewise}

    :math:`\phi` is a leaky ReLU. Each node is among its own neighbours.

    Args:
        in_channels: Size F of the items' features.
        hidden_channels: Size H that these and users start with.
        channels: D.
        num_layers: T. (default: ``1``)
        p: Dropout after each convolution, where it is asked to ``sample``. (default: ``0.1``)

    Shapes:
        - **input:** users [U, H]; features of items [I, F]; the graph to users [U, I] and to items [I, U],
          :class:`~.Adj` with weights of one; optionally which items have the features, bool [I]: the others
          start at zero; whether to ``sample``, or to drop nothing
        - **output:** means and logarithms of variances, :class:`~pygmmrec.typing.Embeddings` each

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(
        self, in_channels: int, hidden_channels: int, channels: int, *, num_layers: int = 1, p: float = 0.1
    ) -> None:
        super().__init__()
        self.in_channels = check_integer(in_channels, "in_channels", self, at_least=1)
        self.hidden_channels = check_integer(hidden_channels, "hidden_channels", self, at_least=1)
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.num_layers = check_integer(num_layers, "num_layers", self, at_least=0)
        self.p = check_probability(p, "p", self)
        self.project = nn.Linear(in_channels, hidden_channels)
        sizes = [hidden_channels] + [channels] * num_layers
        self.convs = nn.ModuleList(nn.Linear(size, channels) for size in sizes[:-1])
        self.dense = nn.ModuleList(nn.Linear(channels, channels) for _ in sizes[:-1])
        heads = {"conv": sizes[-1], "dense": channels, "skip": sizes[-1]}
        self.mean = nn.ModuleDict({name: nn.Linear(size, channels) for name, size in heads.items()})
        self.log_var = nn.ModuleDict({name: nn.Linear(size, channels) for name, size in heads.items()})
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights from Glorot's uniform distribution; biases start at zero."""
        for name, parameter in self.named_parameters():
            if name.endswith("weight"):
                nn.init.xavier_uniform_(parameter)
            else:
                nn.init.zeros_(parameter)

    def forward(
        self,
        user: Tensor,
        x: Tensor,
        to_user: Adj,
        to_item: Adj,
        available: Tensor | None = None,
        sample: bool = False,
    ) -> Gaussian:
        item = self.project(x)  # [I, F] -> [I, H]
        if available is not None:
            item = item.masked_fill(~available.unsqueeze(1), 0.0)
        h, p = Embeddings(unit_rows(user), unit_rows(item)), self.p if sample else 0.0
        graph = to_user, to_item
        for conv, dense in zip(self.convs, self.dense, strict=True):
            h = Embeddings(*(F.leaky_relu(dense(side)) for side in _conv(conv, h, *graph, p)))  # [N, D]
        return self._head(self.mean, h, *graph, p), self._head(self.log_var, h, *graph, p)

    def _head(self, head: nn.ModuleDict, h: Embeddings, to_user: Adj, to_item: Adj, p: float) -> Embeddings:
        sides = zip(_conv(head["conv"], h, to_user, to_item, p), h, strict=True)
        return Embeddings(*(head["dense"](near) + F.leaky_relu(head["skip"](own)) for near, own in sides))

    def __repr__(self) -> str:
        sizes = f"{self.in_channels}, {self.hidden_channels}, {self.channels}"
        return f"{type(self).__name__}({sizes}, num_layers={self.num_layers}, p={self.p})"


def _conv(lin: nn.Module, h: Embeddings, to_user: Adj, to_item: Adj, p: float) -> Embeddings:
    """A convolution and the leaky ReLU after it."""
    user, item = (cast(Tensor, lin(side)) for side in h)
    means = (_mean_with_self(user, item, to_user), _mean_with_self(item, user, to_item))
    units = (unit_rows(mean) for mean in means)
    return Embeddings(*(F.leaky_relu(dropout(x, p) if p > 0 else x) for x in units))


def _mean_with_self(x: Tensor, other: Tensor, adj: Adj) -> Tensor:
    count = adj.degree().to(x).unsqueeze(1) + 1  # [N, 1]
    return (x + spmm(adj, other)) / count
