"""Users and items as one list of entities; the only file in which item indices are shifted."""

import torch
from torch import Tensor

from pygmmrec.typing import Embeddings


def stack(user: Tensor, item: Tensor) -> Tensor:
    """Users above items: [U, D] and [I, D] to [N, D] with N = U + I."""
    return torch.cat([user, item])  # [U, D], [I, D] -> [N, D]


def unstack(x: Tensor, num_users: int) -> Embeddings:
    """Entities back to users and items: [N, D] to [U, D] and [I, D]."""
    return Embeddings(x[:num_users], x[num_users:])  # [N, D] -> [U, D], [I, D]


def square(edge_index: Tensor, num_users: int) -> Tensor:
    """User-item pairs [2, E] as an undirected graph of N = U + I entities, [2, 2 E]."""
    user, item = edge_index[0], edge_index[1] + num_users
    return torch.stack([torch.cat([user, item]), torch.cat([item, user])])  # [2, E] -> [2, 2 E]
