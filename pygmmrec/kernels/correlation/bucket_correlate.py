r"""Correlation under a sparse mask: each entity attends to one bucket of the others, in O(N · b · D) time.

The mask comes from locality-sensitive hashing, in the manner of Reformer (`arXiv 2001.04451
<https://arxiv.org/abs/2001.04451>`_), or from chance. It carries no gradient; for a given mask, values and
gradients are exact. Tiles of the mask are computed again in the backward pass and never stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeAlias

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd.function import once_differentiable

from pygmmrec.kernels.correlation.factors import Activation, check_correlation
from pygmmrec.kernels.rows.rows import rows
from pygmmrec.utils.check import check

BucketBy: TypeAlias = Literal["lsh", "random"]
BUCKET_BY = ("lsh", "random")

NUM_BITS = 20
"""Signs in a hash code: more than log2 of the number of buckets, and few enough for an exact float32."""

TILE = 2**20
"""Entries of the mask that are held at a time: 4 MB in float32."""


def bucket_correlate(
    x: Tensor,
    f: Tensor,
    v: Tensor,
    *,
    scale: float,
    activation: Activation = "tanh",
    bucket_size: int = 128,
    num_hashes: int = 4,
    bucket_by: BucketBy = "lsh",
    seed: int = 0,
) -> Tensor:
    r"""Estimate the mean :math:`\phi(s X F^\top) V / S` of :func:`~.correlate`
    from the pairs of a sparse mask.

    .. math:: \frac{1}{H} \sum_{h=1}^{H} \frac{1}{|B_h(i)|} \sum_{j \in B_h(i)} \phi(s\, x_i^\top f_j)\, v_j

    Rows of X and rows of F are put in an order, and both orders are cut into the same number of equal
    buckets; :math:`B_h(i)` are the rows of F in the bucket of :math:`x_i`. With ``lsh`` the order is that of
    the signs of random projections of the centred rows, so that rows at a small angle tend to share a bucket.
    With ``random`` it is random, and the output is an unbiased estimate of the mean over all of F. With
    ``lsh`` it is biased towards what resembles the entity, since tanh is bounded and no few pairs dominate
    the sum as they do under a softmax.

    Args:
        x: :math:`X`, [N, D].
        f: :math:`F`, [S, D].
        v: :math:`V`, [S, C].
        scale: :math:`s`, a factor.
        activation: :math:`\phi`, ``tanh`` or ``identity``. (default: ``tanh``)
        bucket_size: Most rows of F in a bucket, b. Sizes differ by at most one. (default: ``128``)
        num_hashes: Independent masks H, whose outputs are averaged. (default: ``4``)
        bucket_by: ``lsh`` or ``random``. (default: ``lsh``)
        seed: Seed of the projections or orders; the same input and seed give the same output.

    Shapes:
        - **output:** [N, C], in the widest of the three dtypes; O((N + S) · D + b²) memory

    Raises:
        ValueError: If an argument is unknown or out of range, or the shapes do not fit.
    """
    where = "bucket_correlate"
    x, f, v = check_correlation(x, f, v, activation, where)
    check(bucket_size >= 1, "bucket_size", "at least 1", where, bucket_size)
    check(num_hashes >= 1, "num_hashes", "at least 1", where, num_hashes)
    check(bucket_by in BUCKET_BY, "bucket_by", f"one of {BUCKET_BY}", where, bucket_by)
    with torch.autocast(x.device.type, enabled=False):  # neither the buckets nor the sums of many terms
        buckets = _buckets(x, f, bucket_size, num_hashes, bucket_by, seed)
        x, f, v = (F.pad(matrix, (0, 0, 0, 1)) for matrix in (x * scale, f, v))  # [N, D] -> [N + 1, D]
        out: Tensor = _BucketCorrelation.apply(x, f, v, *buckets, activation)  # type: ignore[no-untyped-call]
    return out[:-1]


def bucket_correlate_ref(
    x: Tensor,
    f: Tensor,
    v: Tensor,
    *,
    scale: float,
    activation: Activation = "tanh",
    bucket_size: int = 128,
    num_hashes: int = 4,
    bucket_by: BucketBy = "lsh",
    seed: int = 0,
) -> Tensor:
    """What :func:`bucket_correlate` computes, through whole masks [N, S] of zeros and ones, and autograd."""
    correlation = x @ f.t() * scale
    correlation = correlation.tanh() if activation == "tanh" else correlation
    out = torch.zeros_like(x[:, :1] * v[:1])
    for row_index, col_index in zip(*_buckets(x, f, bucket_size, num_hashes, bucket_by, seed), strict=True):
        mask = x.new_zeros(x.size(0) + 1, f.size(0) + 1)
        for own_rows, own_cols in zip(row_index, col_index, strict=True):
            mask[own_rows[:, None], own_cols] = 1
        mask = mask[:-1, :-1]
        out = out + (correlation * mask) @ v / mask.sum(dim=1, keepdim=True)
    return out / num_hashes


class _BucketCorrelation(torch.autograd.Function):
    r""":math:`\tanh(X F^\top) V` under the mask, averaged; the last rows of X, F and V are padding."""

    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        f: Tensor,
        v: Tensor,
        row_index: Tensor,
        col_index: Tensor,
        activation: Activation,
    ) -> Tensor:
        ctx.save_for_backward(x, f, v, row_index, col_index)
        ctx.activation = activation
        out = x.new_zeros(x.size(0), v.size(1))
        for own, others, weight in _chunks(row_index, col_index, f):
            tile = _tile(rows(x, own), rows(f, others), activation)
            _add(out, own, tile @ rows(v, others) * weight)  # [P, B, B] x [P, B, C] -> [P, B, C]
        return out

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, f, v, row_index, col_index = ctx.saved_tensors
        grad_x, grad_f, grad_v = torch.zeros_like(x), torch.zeros_like(f), torch.zeros_like(v)
        for own, others, weight in _chunks(row_index, col_index, f):
            own_x, other_f, own_grad = rows(x, own), rows(f, others), rows(grad, own) * weight
            tile = _tile(own_x, other_f, ctx.activation)
            _add(grad_v, others, tile.mT @ own_grad)
            grad_tile = own_grad @ rows(v, others).mT  # [P, B, C] x [P, C, B] -> [P, B, B]
            if ctx.activation == "tanh":
                grad_tile = torch.ops.aten.tanh_backward(grad_tile, tile)  # g · (1 − t²)
            _add(grad_x, own, grad_tile @ other_f)
            _add(grad_f, others, grad_tile.mT @ own_x)
        return grad_x, grad_f, grad_v, None, None, None


def _tile(x: Tensor, f: Tensor, activation: Activation) -> Tensor:
    """The correlation in each of P buckets: [P, B, D] and [P, B, D] to [P, B, B]."""
    tile = x @ f.mT
    return tile.tanh_() if activation == "tanh" else tile


def _add(out: Tensor, index: Tensor, value: Tensor) -> None:
    """Add rows in place; no row but the padding occurs twice, so that the order is of no effect."""
    out.index_add_(0, index.flatten(), value.flatten(0, 1))


def _chunks(row_index: Tensor, col_index: Tensor, f: Tensor) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Rows, columns and weight of as many buckets of a hash as fit a tile."""
    num_hashes, num_buckets, height = row_index.shape
    step = max(1, TILE // (height * col_index.size(2)))
    padding = f.size(0) - 1
    for h in range(num_hashes):
        for start in range(0, num_buckets, step):
            own, others = row_index[h, start : start + step], col_index[h, start : start + step]
            size = (others != padding).sum(dim=1).view(-1, 1, 1)
            yield own, others, (size * num_hashes).to(f.dtype).reciprocal()


@torch.no_grad()
def _buckets(
    x: Tensor, f: Tensor, bucket_size: int, num_hashes: int, bucket_by: BucketBy, seed: int
) -> tuple[Tensor, Tensor]:
    """Rows of X and of F in each bucket of each hash, [H, P, B], padded with N and S."""
    generator = torch.Generator().manual_seed(seed)
    num_buckets = -(-f.size(0) // bucket_size)
    indices = []
    for _ in range(num_hashes):
        if bucket_by == "random":
            orders = [torch.randperm(len(side), generator=generator).to(x.device) for side in (x, f)]
        else:
            planes = torch.randn(x.size(1), NUM_BITS, generator=generator).to(x)
            orders = [_code(side, planes).argsort(stable=True) for side in (x, f)]
        indices.append([_cut(order, num_buckets) for order in orders])
    row_index, col_index = zip(*indices, strict=True)
    return torch.stack(row_index), torch.stack(col_index)


def _code(x: Tensor, planes: Tensor) -> Tensor:
    """On which side of each plane a row lies, as one number: [N, D] and [D, K] to [N]."""
    side = (x - x.mean(dim=0)) @ planes  # [N, D] x [D, K] -> [N, K]
    bits = (side > 0).float() @ 2.0 ** torch.arange(planes.size(1), device=x.device)  # [N, K] x [K] -> [N]
    nearness = side[:, 0].float().sigmoid()  # to the first plane; orders equal codes, rather than the index
    return bits.long() * 2**24 + (nearness * 2**24).long()


def _cut(order: Tensor, num_buckets: int) -> Tensor:
    """Cut an order of N rows into P buckets that differ by at most one row, [P, B], padded with N."""
    size, num_larger = divmod(order.numel(), num_buckets)
    larger, equal = order.split([num_larger * (size + 1), (num_buckets - num_larger) * size])
    equal = F.pad(equal.view(num_buckets - num_larger, size), (0, 1), value=order.numel())
    return torch.cat([larger.view(num_larger, size + 1), equal])
