"""Uniform negatives, exact: never a training item of the user, without rejection and without a loop."""

import torch
from torch import Tensor

from pygmmrec.kernels.ranking.unseen import Unseen
from pygmmrec.utils.check import check


def users_without_negatives(edge_index: Tensor, num_candidates: int) -> Tensor:
    """Users that have every candidate, so that none is left to draw: [2, E] to [n], ascending."""
    user, item = edge_index
    many = (torch.bincount(user) >= num_candidates).nonzero().view(-1)  # repeated edges count here
    if many.numel() == 0:
        return many
    pairs = torch.stack([user, item])[:, torch.isin(user, many)].unique(dim=1)
    return (torch.bincount(pairs[0]) == num_candidates).nonzero().view(-1)


class UniformNegatives:
    r"""Draws items uniformly from the candidates that a user has no training edge to.

    The number of a candidate among those that are not positive is drawn, and looked up by
    :class:`~pygmmrec.kernels.ranking.unseen.Unseen`.

    Args:
        edge_index: Training edges, in any order; repeated ones count once.
        candidates: The items to draw from, ascending and unique; must hold every item of ``edge_index``.

    Shapes:
        edge_index [2, E], candidates [C]

    Raises:
        ValueError: If a user has every candidate, or an edge leads to an item that is no candidate.
    """

    def __init__(self, edge_index: Tensor, candidates: Tensor) -> None:
        self.candidates = candidates  # [C]
        base = candidates.numel()
        user, item = edge_index.contiguous()  # [E], [E]
        index = torch.searchsorted(candidates, item).clamp(max=base - 1)  # [E]
        known = bool((candidates[index] == item).all())
        check(known, "candidates", "all items of the edges, or more", self, f"{base} items")
        self._unseen = Unseen(torch.stack([user, index]), base)
        full = (self._unseen.room == 0).nonzero()
        if full.numel() > 0:
            remedy = "Drop the user, or draw from more items."
            requirement = "such that every user has an item left to draw as a negative"
            given = f"user {int(full[0])} with all {base} candidates"
            check(False, "edge_index", requirement, self, given, remedy)

    def __call__(self, user: Tensor, generator: torch.Generator) -> Tensor:
        """One negative for each user; a user may be named many times.

        Args:
            user: Users between 0 and the last one with a training edge. Ascending users are the fastest.
            generator: Source of the draws, on the device of the edges.

        Shapes:
            user [B] -> [B]
        """
        # 63 random bits modulo at most C: the bias, C / 2^63, is out of any test's reach.
        draw = torch.randint(2**63 - 1, user.shape, generator=generator, device=user.device)
        return self.candidates[self._unseen(user, draw % self._unseen.room[user])]

    def to(self, device: torch.device) -> "UniformNegatives":
        """Move all tensors to ``device``, in place."""
        self.candidates = self.candidates.to(device)
        self._unseen.to(device)
        return self

    def __repr__(self) -> str:
        return f"{type(self).__name__}(num_candidates={self.candidates.numel()})"


def uniform_negatives_ref(
    edge_index: Tensor, candidates: Tensor, user: Tensor, generator: torch.Generator
) -> Tensor:
    """:class:`UniformNegatives` by rejection, one user at a time, for tests."""
    positives = set(zip(*edge_index.tolist(), strict=True))
    negatives = []
    for owner in user.tolist():
        while True:
            draw = torch.randint(candidates.numel(), (), generator=generator, device=user.device)
            item = int(candidates[draw])
            if (owner, item) not in positives:
                break
        negatives.append(item)
    return user.new_tensor(negatives)
