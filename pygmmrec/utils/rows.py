"""Rows by index, with a gradient that is the same each time."""

import torch
import torch.nn.functional as F
from torch import Tensor

from pygmmrec.typing import Embeddings, Triplets


def rows(x: Tensor, index: Tensor) -> Tensor:
    """``x[index]``, whose gradient adds up repeated rows in a fixed order: [N, D] and [...] to [..., D].

    On several CPU threads the gradient of ``x[index]`` adds in whatever order the threads come: it differs
    from run to run in the last digits, and takes many times as long as that of an embedding.
    """
    return F.embedding(index, x)


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
