"""The items that each user has no pair with, counted and drawn without listing them."""

from __future__ import annotations

import torch
from torch import Tensor


class Unseen:
    r"""The items that each user has not seen, by their number in ascending order.

    Let :math:`c_0 < c_1 < \dots` be the :math:`d` items of a user, out of :math:`C`. The :math:`r`-th item
    that is none of them, :math:`0 \le r < C - d`, is

    .. math::
        r + |\{t : c_t - t \le r\}|

    since :math:`c_t - t` unseen items come before :math:`c_t`. The count is one binary search in the sorted
    keys :math:`u (C + 1) + c_t - t` of all users at once.

    Args:
        pairs: Users and the items that they have seen, in any order; repeated ones count once.
        num_items: Number of items C.
        num_users: Number of users U. (default: the last one of the pairs, plus one)

    Shapes:
        pairs [2, E]
    """

    def __init__(self, pairs: Tensor, num_items: int, num_users: int | None = None) -> None:
        self.num_items = num_items
        seen = torch.unique(pairs[0] * num_items + pairs[1])  # [P] by user, then item
        owner = seen // num_items  # [P]
        degree = torch.bincount(owner, minlength=num_users or 0)  # [U]
        self.start = degree.cumsum(0) - degree  # [U] first pair of each user
        self.room = num_items - degree  # [U] unseen items of each user
        rank = torch.arange(seen.numel(), device=owner.device) - self.start[owner]  # [P] t
        self.keys = owner * (num_items + 1) + seen % num_items - rank  # [P] ascending

    def __call__(self, user: Tensor, rank: Tensor) -> Tensor:
        """The item of that number: user [n] and rank [n], below the user's ``room``, to [n]."""
        query = user * (self.num_items + 1) + rank
        return rank + torch.searchsorted(self.keys, query, right=True) - self.start[user]

    def draw(self, user: Tensor, number: int, generator: torch.Generator) -> Tensor:
        """So many different items for each user, uniformly; -1 at the end where there are not as many.

        What was drawn twice is drawn again until all are different, which leaves every set as likely. Where
        more than half of what a user has not seen is asked for, its items are shuffled instead.

        Shapes:
            user [U] -> [U, number], ascending
        """
        room = self.room[user]  # [U]
        wanted = room.clamp(max=number)
        many = (2 * wanted > room).nonzero().squeeze(1)  # [M]
        keys = self._shuffled(many, room, wanted, generator)
        missing = wanted.index_fill(0, many, 0)
        row = torch.arange(user.numel(), device=user.device)
        while bool((missing > 0).any()):
            owner = row.repeat_interleave(missing)
            # 63 random bits modulo at most C: the bias, C / 2^63, is out of any test's reach.
            drawn = torch.randint(2**63 - 1, owner.shape, generator=generator, device=user.device)
            keys = torch.cat([keys, owner * self.num_items + drawn % room[owner]]).unique()
            missing = wanted - torch.bincount(keys // self.num_items, minlength=user.numel())
        owner, rank = keys // self.num_items, keys % self.num_items  # [N]
        place = torch.arange(keys.numel(), device=user.device) - (wanted.cumsum(0) - wanted)[owner]
        items = user.new_full((user.numel(), number), -1)
        items[owner, place] = self(user[owner], rank)
        return items

    def _shuffled(self, row: Tensor, room: Tensor, wanted: Tensor, generator: torch.Generator) -> Tensor:
        """Keys of the first so many numbers of a shuffle, for some rows; sorted. [N]"""
        if row.numel() == 0:
            return row
        size = int(room[row].max())
        draw = torch.rand(row.numel(), size, generator=generator, device=row.device)  # [M, R]
        number = torch.arange(size, device=row.device)
        order = draw.masked_fill(number >= room[row].unsqueeze(1), torch.inf).argsort(dim=1)
        kept = number < wanted[row].unsqueeze(1)  # [M, R]
        return (row.unsqueeze(1) * self.num_items + order)[kept].sort().values

    def to(self, device: torch.device) -> Unseen:
        """Move all tensors to ``device``, in place."""
        for name in ("start", "room", "keys"):
            setattr(self, name, getattr(self, name).to(device))
        return self
