"""Rounds of feature-level attention from sums over all entities: a block of entities at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from pygmmrec.kernels.rows.blockwise import blockwise
from pygmmrec.nn.feature.rca_weights import RCAWeights

BLOCK_SIZE = 16_384
"""Entities at a time. Where there are more, nothing but the input is kept of them, and each block is refined
anew when it is needed."""


class _Round(NamedTuple):
    """What a round does to the row of an entity, by modality."""

    factor: Tensor
    """Of the rows, [M]."""
    hidden: Tensor
    """W_c C over its divisor, [M, D, D]."""
    out: Tensor
    """W_h, [M, D, D]."""


def feature_rounds(
    x: Sequence[Tensor],
    weights: Sequence[RCAWeights],
    *,
    normalize: Callable[[Tensor], Tensor],
    length: Sequence[int | Tensor] | None,
    scale: Sequence[float | int | Tensor],
    hidden_scale: float,
    activation: Callable[[Tensor], Tensor],
) -> list[Tensor]:
    r"""Rounds of :class:`~pygmmrec.nn.RCA` at feature level, whose correlations are D × D.

    With :math:`X = [X_1 \Vert \dots \Vert X_M]`, all entities enter a round through :math:`X^\top X` and
    :math:`X^\top 1` alone, since
    :math:`X_m^\top F_m = \left( X_m^\top X \, W_{tr} + X_m^\top 1 \, b_{tr}^\top \right) W_m`.

    Args:
        x: Features of each modality, [N, D].
        weights: Those of each round.
        normalize: What happens to a row before each round.
        length: Number of entities by modality whose rows then get one factor, so that their length is
            :math:`\sqrt{D}` in the mean square; ``None`` for no factor.
        scale: Divisor of the correlation's argument, by modality.
        hidden_scale: Divisor of H.
        activation: :math:`\phi`.

    Shapes:
        - **output:** refined features of each modality, [N, D]
    """

    def refine(block: Sequence[Tensor], rounds: Sequence[Tensor]) -> list[Tensor]:
        block = list(block)
        for step in zip(rounds[::3], rounds[1::3], rounds[2::3], strict=True):
            for m, (x_m, factor, hidden, out) in enumerate(zip(block, *step, strict=True)):
                row = normalize(x_m) * factor
                block[m] = row + (row @ hidden).relu() @ out  # eq. 12
        return block

    def sums(block: Sequence[Tensor], rounds: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        joint = torch.cat([normalize(x_m) for x_m in refine(block, rounds)], dim=1)  # M of [b, D] -> [b, M D]
        return joint.t() @ joint, joint.sum(dim=0)

    rounds: list[Tensor] = []
    for each in weights:
        gram, total = blockwise(sums, x, rounds, block_size=BLOCK_SIZE, add=True)
        rounds += _round(each, gram, total, length, scale, hidden_scale, activation)
    return blockwise(refine, x, rounds, block_size=BLOCK_SIZE, add=False)


def _round(
    weights: RCAWeights,
    gram: Tensor,
    total: Tensor,
    length: Sequence[int | Tensor] | None,
    scale: Sequence[float | int | Tensor],
    hidden_scale: float,
    activation: Callable[[Tensor], Tensor],
) -> _Round:
    """The round of these weights, from the sums over all entities, [M D, M D] and [M D]."""
    dim = weights.value.size(-1)
    factor = gram.new_ones(len(scale))
    if length is not None:
        squares = gram.diagonal().view(-1, dim).sum(dim=1)  # [M D] -> [M]
        square = torch.stack([each / number for each, number in zip(squares, length, strict=True)])
        factor = (dim / square.masked_fill(square == 0, 1.0)).sqrt()
    every = factor.repeat_interleave(dim)  # [M] -> [M D]
    own = gram * every.unsqueeze(1) * every  # of the rows with their factors
    full = (own @ weights.joint.t() + torch.outer(total * every, weights.bias)).split(dim)  # M of [D, M D]
    hidden = [
        value @ activation(of_all @ query / divisor) / hidden_scale
        for of_all, query, value, divisor in zip(full, weights.query, weights.value, scale, strict=True)
    ]
    return _Round(factor, torch.stack(hidden), weights.out)
