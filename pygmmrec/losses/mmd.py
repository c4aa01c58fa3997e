"""Distance between the distributions of several samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.kernels.correlation.gaussian_sum import gaussian_sum, gaussian_sum_ref
from pygmmrec.utils.check import check

Bandwidth: TypeAlias = float | Sequence[float] | Literal["median", "medians"]

SCALES = {"median": (1.0,), "medians": (0.25, 0.5, 1.0, 2.0)}
"""Bandwidths by name, in median distances."""

MEDIAN_ROWS = 512
"""Rows of each sample that the median heuristic looks at."""


def mmd_loss(
    *samples: Tensor,
    bandwidth: Bandwidth = 1.0,
    unbiased: bool = False,
    counts: Sequence[Tensor] | None = None,
) -> Tensor:
    r"""Squared maximum mean discrepancy (`Gretton et al., 2012
    <https://jmlr.org/papers/v13/gretton12a.html>`_; eq. 7 to 9 of MambaRec, `arXiv 2509.09114
    <https://arxiv.org/abs/2509.09114>`_) of two samples, or its mean over all pairs of several:

    .. math::
        \mathrm{mean}\, k(x, x') + \mathrm{mean}\, k(y, y') - 2\, \mathrm{mean}\, k(x, y), \qquad
        k(a, b) = \exp\left(-\frac{\Vert a - b \Vert^2}{2 \sigma^2}\right)

    Neither differences [B, B, D] nor kernel matrices [B, B] are ever there at once; see
    :func:`~.gaussian_sum`. It can be differentiated once.

    Args:
        samples: Two or more, each [B, D]; sizes B may differ.
        bandwidth: :math:`\sigma`; several are averaged over. ``median`` is the median distance between rows
            of the pooled samples (at most 512 of each), through which no gradient flows; ``medians`` are a
            quarter, a half, one and two of it. A :math:`\sigma` well above all distances makes the kernel
            quadratic, and the value then is that of the means alone.
        unbiased: Whether a row is left out of the mean with its own sample, so that the expectation is zero
            for equal distributions. A batch's value can then be negative. The biased value cannot.
        counts: How many equal rows each row of a sample stands for, [B] for each sample. A batch in which
            rows repeat costs less, and its loss is the same, as its distinct rows with their counts.

    Raises:
        ValueError: If shapes do not fit, a bandwidth is not positive, or ``unbiased`` gets a single row.
    """
    return _mmd(samples, counts, bandwidth, unbiased, reference=False)


def mmd_loss_ref(
    *samples: Tensor,
    bandwidth: Bandwidth = 1.0,
    unbiased: bool = False,
    counts: Sequence[Tensor] | None = None,
) -> Tensor:
    """What :func:`mmd_loss` computes, through all differences [B, B, D] and autograd."""
    return _mmd(samples, counts, bandwidth, unbiased, reference=True)


def _mmd(
    samples: Sequence[Tensor],
    counts: Sequence[Tensor] | None,
    bandwidth: Bandwidth,
    unbiased: bool,
    *,
    reference: bool,
) -> Tensor:
    check(len(samples) >= 2, "samples", "two or more", "mmd_loss", len(samples))
    sizes = [list(x.shape) for x in samples]
    width = samples[0].size(-1)
    least = 2 if unbiased else 1
    fits = all(x.dim() == 2 and x.size(1) == width and x.size(0) >= least for x in samples)
    check(fits, "samples", f"[B, {width}] with at least {least} rows each", "mmd_loss", sizes)
    check_bandwidth(bandwidth, "mmd_loss")
    samples = [x.to(torch.promote_types(x.dtype, torch.float32)) for x in samples]  # short under autocast
    counts = [x.new_ones(x.size(0)) for x in samples] if counts is None else counts
    shapes = [list(x.shape[:1]) for x in samples]
    fits = [list(n.shape) for n in counts] == shapes
    check(fits, "counts", f"of shapes {shapes}", "mmd_loss", [list(n.shape) for n in counts])
    counts = [n.to(x.dtype) for n, x in zip(counts, samples, strict=True)]
    centre = torch.cat(samples).detach().mean(dim=0)
    samples = [x - centre for x in samples]  # the same distances, with more digits
    sigmas = _medians(samples, bandwidth) if isinstance(bandwidth, str) else _as_list(bandwidth)
    total = samples[0].new_zeros(())
    for sigma in sigmas:
        total = total + _one_bandwidth([x / sigma for x in samples], counts, unbiased, reference)
    return total / len(sigmas)


def _one_bandwidth(
    samples: Sequence[Tensor], counts: Sequence[Tensor], unbiased: bool, reference: bool
) -> Tensor:
    kernel_sum = gaussian_sum_ref if reference else gaussian_sum
    num = [n.sum() for n in counts]
    own = [x - x.detach().mean(dim=0) for x in samples]  # as far from each other, with more digits
    within = [kernel_sum(x, x, n, n) for x, n in zip(own, counts, strict=True)]
    if unbiased:  # a row's kernel with itself is one
        within = [(k - n) / (n * (n - 1)) for k, n in zip(within, num, strict=True)]
    else:
        within = [k / n**2 for k, n in zip(within, num, strict=True)]
    pairs = list(combinations(range(len(samples)), 2))
    between = [kernel_sum(samples[a], samples[b], counts[a], counts[b]) / (num[a] * num[b]) for a, b in pairs]
    return 2 * torch.stack(within).mean() - 2 * torch.stack(between).mean()


def _medians(samples: Sequence[Tensor], name: str) -> list[Tensor]:
    pooled = torch.cat([x[:MEDIAN_ROWS] for x in samples]).detach()
    distance = F.pdist(pooled).median()
    median = distance.masked_fill(distance == 0, 1.0)
    return [median * scale for scale in SCALES[name]]


def _as_list(bandwidth: float | Sequence[float]) -> list[float]:
    return [float(b) for b in bandwidth] if isinstance(bandwidth, Sequence) else [float(bandwidth)]


def check_bandwidth(bandwidth: Bandwidth, where: object) -> None:
    """Raise a :class:`ValueError` unless it is a positive number, several, ``median`` or ``medians``."""
    fits = isinstance(bandwidth, str) and bandwidth in SCALES
    if not isinstance(bandwidth, str | bool):
        sigmas = _as_list(bandwidth)
        fits = len(sigmas) > 0 and all(0 < sigma < math.inf for sigma in sigmas)
    check(fits, "bandwidth", "positive numbers, 'median' or 'medians'", where, bandwidth)


class MMDLoss(nn.Module):
    """:func:`mmd_loss` as a module.

    Args:
        bandwidth: See :func:`mmd_loss`. (default: ``1.0``)
        unbiased: See :func:`mmd_loss`. (default: ``False``)
    """

    def __init__(self, *, bandwidth: Bandwidth = 1.0, unbiased: bool = False) -> None:
        super().__init__()
        check_bandwidth(bandwidth, self)
        self.bandwidth = bandwidth
        self.unbiased = unbiased

    def forward(self, *samples: Tensor, counts: Sequence[Tensor] | None = None) -> Tensor:
        return mmd_loss(*samples, bandwidth=self.bandwidth, unbiased=self.unbiased, counts=counts)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(bandwidth={self.bandwidth!r}, unbiased={self.unbiased})"
