"""A mean in which rows may count differently."""

from __future__ import annotations

from torch import Tensor

from pygmmrec.utils.check import check


def weighted_mean(x: Tensor, weight: Tensor | None = None) -> Tensor:
    r"""The mean :math:`\sum_b w_b x_b / \sum_b w_b` of a vector.

    Args:
        x: [B].
        weight: w, [B]; ones if not given.

    Raises:
        ValueError: If the shapes differ.
    """
    if weight is None:
        return x.mean()
    shape = list(x.shape)
    check(list(weight.shape) == shape, "weight", f"of shape {shape}", "weighted_mean", list(weight.shape))
    return (weight * x).sum() / weight.sum()
