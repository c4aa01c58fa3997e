"""A linear map and the batch normalisation after it, as one product."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.utils.check import check


class Folded(NamedTuple):
    r"""What is left to compute: :math:`X W^\top + b`."""

    x: Tensor
    weight: Tensor
    bias: Tensor


def fold_batch_norm(x: Tensor, weight: Tensor, norm: nn.BatchNorm1d) -> Folded:
    r"""Batch normalisation of :math:`X W^\top` as another linear map, without passes over [N, O].

    Mean and variance of :math:`X W^\top` follow from those of :math:`X`: they are :math:`W \mu` and
    :math:`\mathrm{diag}(W \Sigma W^\top)`. So they go into the weight, and one product is left. This pays
    where C is smaller than O. As always, the running statistics change in training.

    Args:
        x: [N, C]; at least two rows in training.
        weight: W, [O, C]. The normalisation would take a bias away, so there is none.
        norm: The normalisation of O channels, with running statistics and a fixed momentum.

    Returns:
        Input [N, C], weight [O, C] and bias [O] of the product that is left.

    Raises:
        ValueError: If there are fewer than two rows in training, or there are no running statistics.
    """
    running = _running(norm)
    if not norm.training:
        scale = norm.weight * (running.var + norm.eps).rsqrt()
        return Folded(x, weight * scale.unsqueeze(1), norm.bias - running.mean * scale)
    num_rows = x.size(0)
    check(num_rows >= 2, "x", "of at least two rows in training", "fold_batch_norm", list(x.shape))
    with torch.autocast(x.device.type, enabled=False):  # a variance is a difference
        x = x.to(weight.dtype)
        mean = x.mean(dim=0)
        x = x - mean
        covariance = x.t() @ x / num_rows  # [C, N] x [N, C] -> [C, C]
        var = ((weight @ covariance) * weight).sum(dim=1)  # [O, C] -> [O]
        scale = norm.weight * (var + norm.eps).rsqrt()
        running.mean.lerp_((weight @ mean).detach(), running.momentum)
        running.var.lerp_(var.detach() * num_rows / (num_rows - 1), running.momentum)
        running.num_batches.add_(1)
    return Folded(x, weight * scale.unsqueeze(1), norm.bias)


def linear_batch_norm(x: Tensor, weight: Tensor, norm: nn.BatchNorm1d) -> Tensor:
    r"""Batch normalisation of :math:`X W^\top` by :func:`fold_batch_norm`: [N, C] to [N, O]."""
    return F.linear(*fold_batch_norm(x, weight, norm))


def linear_batch_norm_ref(x: Tensor, weight: Tensor, norm: nn.BatchNorm1d) -> Tensor:
    """What :func:`linear_batch_norm` computes, in two steps."""
    out: Tensor = norm(F.linear(x, weight))
    return out


class _Running(NamedTuple):
    mean: Tensor
    var: Tensor
    num_batches: Tensor
    momentum: float


def _running(norm: nn.BatchNorm1d) -> _Running:
    mean, var, num_batches = norm.running_mean, norm.running_var, norm.num_batches_tracked
    if mean is None or var is None or num_batches is None or norm.momentum is None:
        check(False, "norm", "a BatchNorm1d with running statistics and momentum", "fold_batch_norm", norm)
    return _Running(mean, var, num_batches, norm.momentum)  # type: ignore[arg-type]
