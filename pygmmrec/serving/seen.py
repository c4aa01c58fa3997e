"""What users have already, to be left out of what they are recommended."""

from __future__ import annotations

from typing import Literal, get_args

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.ranking.exclude import exclude_edges
from pygmmrec.kernels.ranking.pairs import lookup, sort_by_user
from pygmmrec.typing import INTERACTS, TEST
from pygmmrec.utils.check import check

Exclude = Literal["train", "train+val", "all"]
"""Which known items are left out: those of training, with the validation items, or with all held-out ones."""


class Seen:
    """The known items of users, sorted once for each choice of what counts as known.

    Args:
        data: The graph.
    """

    def __init__(self, data: HeteroData) -> None:
        self._data = data
        self._pairs: dict[str, Tensor] = {}  # a thread that comes second writes the same again

    def pairs(self, users: Tensor, exclude: Exclude | None) -> Tensor | None:
        """The pairs of some users that are left out, sorted by user.

        Args:
            users: Users in any order, which may be there twice.
            exclude: What is left out; ``None`` is nothing.

        Shapes:
            users [B] -> [2, n]

        Raises:
            ValueError: If ``exclude`` is no choice.
        """
        if exclude is None:
            return None
        choices = get_args(Exclude)
        fine = isinstance(exclude, str) and exclude in choices
        check(fine, "exclude", f"None or one of {list(choices)}", "Served", exclude)
        asked = users.unique()  # [b], ascending
        row, item = lookup(self._sorted(exclude), asked)
        return torch.stack([asked[row], item])

    def items(self, user: Tensor) -> Tensor:
        """The training items of a user: [1] to [n]."""
        return lookup(self._sorted("train"), user)[1]

    def _sorted(self, exclude: Exclude) -> Tensor:
        if exclude not in self._pairs:
            known = exclude_edges(self._data, "train+val" if exclude == "all" else exclude)
            assert known is not None
            if exclude == "all" and TEST in self._data[INTERACTS]:
                known = torch.cat([known, self._data[INTERACTS][TEST]], dim=1)
            self._pairs[exclude] = sort_by_user(known)
        return self._pairs[exclude]
