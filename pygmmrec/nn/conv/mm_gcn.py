"""Propagation in a modality, in which every node stays itself."""

from __future__ import annotations

from typing import Literal, TypeAlias, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.kernels.sparse.spmm import AdjLike, spmm
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check, check_integer

Combine: TypeAlias = Literal["concat", "sum"]
COMBINES = ("concat", "sum")


class MMGCNConv(nn.Module):
    r"""Mean of the neighbours, combined with what a node is itself (MMGCN, `ACM MM 2019
    <https://doi.org/10.1145/3343031.3351034>`_).

    .. math::
        h_i &= \phi \Big( \tfrac{1}{|N_i|} \sum_{j \in N_i} W_1 x_j \Big), \qquad
        \hat{x}_i = \phi(W_2 x_i + b_2) + e_i \\
        x_i' &= \phi(W_3 [h_i \Vert \hat{x}_i] + b_3) \;\text{(concat)}, \qquad
        x_i' = \phi(W_3 h_i + b_3 + \hat{x}_i) \;\text{(sum)}

    :math:`\phi` is a leaky ReLU and :math:`e_i` the embedding that all modalities share.

    Args:
        in_channels: Size C of the input.
        out_channels: D.
        combine: ``concat`` or ``sum``. (default: ``concat``)

    Shapes:
        - **input:** features [U, C] and [I, C]; shared embeddings [U, D] and [I, D]; the graph from items to
          users [U, I] and from users to items [I, U], normalised by rows for the mean
        - **output:** :class:`~pygmmrec.typing.Embeddings` of [U, D] and [I, D]

    Raises:
        ValueError: If a size is smaller than one, or ``combine`` is unknown.
    """

    def __init__(self, in_channels: int, out_channels: int, *, combine: Combine = "concat") -> None:
        super().__init__()
        check(combine in COMBINES, "combine", f"one of {COMBINES}", self, combine)
        self.in_channels = check_integer(in_channels, "in_channels", self, at_least=1)
        self.out_channels = check_integer(out_channels, "out_channels", self, at_least=1)
        self.combine: Combine = combine
        self.neighbour = nn.Linear(in_channels, in_channels, bias=False)  # W_1
        self.own = nn.Linear(in_channels, out_channels)  # W_2
        joined = in_channels + out_channels if combine == "concat" else in_channels
        self.join = nn.Linear(joined, out_channels)  # W_3
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights from Glorot's uniform distribution; biases start at zero."""
        for name, parameter in self.named_parameters():
            if name.endswith("weight"):
                nn.init.xavier_uniform_(parameter)
            else:
                nn.init.zeros_(parameter)

    def forward(self, x: Embeddings, identity: Embeddings, to_user: AdjLike, to_item: AdjLike) -> Embeddings:
        user = self._update(spmm(to_user, x.item), x.user, identity.user)  # [U, I] x [I, C] -> [U, C]
        item = self._update(spmm(to_item, x.user), x.item, identity.item)  # [I, U] x [U, C] -> [I, C]
        return Embeddings(user, item)

    def _update(self, mean: Tensor, x: Tensor, identity: Tensor) -> Tensor:
        h = F.leaky_relu(self.neighbour(mean))  # [N, C]
        own = F.leaky_relu(self.own(x)) + identity  # [N, C] -> [N, D]
        if self.combine == "concat":
            return F.leaky_relu(self.join(torch.cat([h, own], dim=-1)))  # [N, C + D] -> [N, D]
        return F.leaky_relu(self.join(h) + own)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.in_channels}, {self.out_channels}, combine={self.combine!r})"


class MMGCNPropagation(nn.Module):
    r"""L steps of :class:`MMGCNConv`, of which the last gives the output.

    Args:
        in_channels: Size C of the input.
        out_channels: D, the size after the first step.
        num_layers: L, at least 1. (default: ``3``)
        combine: See :class:`MMGCNConv`. (default: ``concat``)

    Shapes: as for :class:`MMGCNConv`

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(
        self, in_channels: int, out_channels: int, *, num_layers: int = 3, combine: Combine = "concat"
    ) -> None:
        super().__init__()
        check_integer(num_layers, "num_layers", self, at_least=1)
        sizes = [in_channels] + [out_channels] * (num_layers - 1)
        self.convs = nn.ModuleList(MMGCNConv(size, out_channels, combine=combine) for size in sizes)

    def reset_parameters(self) -> None:
        """Draw the weights of all steps again."""
        for conv in self.convs:
            cast(MMGCNConv, conv).reset_parameters()

    def forward(self, x: Embeddings, identity: Embeddings, to_user: AdjLike, to_item: AdjLike) -> Embeddings:
        for conv in self.convs:
            x = conv(x, identity, to_user, to_item)
        return x
