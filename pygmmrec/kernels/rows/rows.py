"""Rows by index, with a gradient that is the same each time."""

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from pygmmrec.kernels.columns.column_shard import ColumnShard, own_columns, ranks_of
from pygmmrec.typing import Embeddings, Triplets


def rows(x: Tensor, index: Tensor) -> Tensor:
    """``x[index]``, whose gradient adds up repeated rows in a fixed order: [N, D] and [...] to [..., D].

    On several CPU threads the gradient of ``x[index]`` adds in whatever order the threads come: it differs
    from run to run in the last digits, and takes many times as long. That of an embedding takes twice.
    Of columns that several processes hold, each gathers its own.
    """
    out: Tensor = _Rows.apply(x, index)  # type: ignore[no-untyped-call]
    return out


def place(x: Tensor, index: Tensor, num_rows: int) -> Tensor:
    """Rows [..., D] in their places among zeros, [num_rows, D]; those of one place are added up in order."""
    if isinstance(x, ColumnShard):
        return ColumnShard(place(x.local, index, num_rows), x.ranks)
    if x.device.type == "cpu" and x.dtype in (torch.float32, torch.float64):
        zeros = x.new_zeros(num_rows, x.size(-1))
        return zeros.index_add_(0, index.flatten(), x.reshape(index.numel(), x.size(-1)))
    # `index_add_` rounds each sum in half precision, and on CUDA adds in whatever order.
    out: Tensor = torch.ops.aten.embedding_dense_backward(x, index, num_rows, -1, False)
    return out


class _Rows(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, index: Tensor) -> Tensor:
        ctx.index, ctx.num_rows, ctx.ranks = index, x.size(0), ranks_of(x)
        return F.embedding(index, x)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        if ctx.ranks is not None:  # a table's gradient has its columns, whatever became of the rows
            grad = ColumnShard(own_columns(grad, ctx.ranks), ctx.ranks)
        return place(grad, ctx.index, ctx.num_rows), None


def triplet_rows(user: Tensor, item: Tensor, batch: Triplets) -> tuple[Tensor, Tensor, Tensor]:
    """The rows of a batch's users, positives and negatives: [U, D] and [I, D] to three of [B, D].

    Positives and negatives are gathered at once, since the gradient of each gather is a whole table.
    """
    pos, neg = rows(item, torch.cat([batch.pos, batch.neg])).chunk(2)  # [2 B, D] -> [B, D] each
    return rows(user, batch.user), pos, neg


def batch_nodes(batch: Triplets) -> Embeddings:
    """The users of a batch, [B], and its items, positives ahead of negatives, [2 B]."""
    return Embeddings(batch.user, torch.cat([batch.pos, batch.neg]))


def paired_scores(user: Tensor, item: Tensor) -> tuple[Tensor, Tensor]:
    """Dot products of users with positives and with negatives, [B] each, of rows of :func:`batch_nodes`."""
    pos, neg = (user * item.view(2, *user.shape)).sum(dim=-1)  # [B, D] x [2, B, D] -> [2, B]
    return pos, neg


def triplet_scores(user: Tensor, item: Tensor, batch: Triplets) -> tuple[Tensor, Tensor]:
    """Dot products of a batch's users with their positives and with their negatives, [B] each."""
    at = batch_nodes(batch)
    return paired_scores(rows(user, at.user), rows(item, at.item))


def distinct_nodes(batch: Triplets) -> tuple[Embeddings, Triplets]:
    """The distinct users and items of a batch, [B'] and [B''], and the batch by position among them."""
    user, of_user = batch.user.unique(return_inverse=True)
    item, of_item = torch.cat([batch.pos, batch.neg]).unique(return_inverse=True)
    return Embeddings(user, item), Triplets(of_user, *of_item.chunk(2))
