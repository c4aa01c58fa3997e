"""Lists of user-item pairs, [2, E]: sorted once, looked up for a block of users without a loop.

A pair list sorted by user is already a CSR matrix whose row pointer ``torch.searchsorted`` reads off.
Excluded items and held-out items are both looked up here.
"""

import torch
from torch import Tensor


def sort_by_user(pairs: Tensor) -> Tensor:
    """The same pairs in ascending order of the user; a sorted list is returned as it is.

    Args:
        pairs: Users and items, in the order of the rows.

    Shapes:
        pairs [2, E] -> [2, E]
    """
    if bool((pairs[0, 1:] >= pairs[0, :-1]).all()):
        return pairs
    return pairs[:, pairs[0].argsort(stable=True)]


def lookup(pairs: Tensor, users: Tensor) -> tuple[Tensor, Tensor]:
    """The items that ``pairs`` holds for each user: ``(row, item)``, where ``users[row]`` is the user.

    Args:
        pairs: Users and items, sorted by user (see :func:`sort_by_user`).
        users: The users to look up, in any order; a user without pairs adds nothing.

    Shapes:
        pairs [2, E], users [B] -> row [n], item [n], ``row`` ascending
    """
    owner = pairs[0].contiguous()  # [E]
    begin = torch.searchsorted(owner, users.contiguous())  # [B]
    count = torch.searchsorted(owner, users.contiguous(), right=True) - begin  # [B]
    row = torch.arange(users.numel(), device=users.device).repeat_interleave(count)  # [n]
    before = count.cumsum(0) - count  # [B] pairs of the rows above
    position = torch.arange(row.numel(), device=users.device) + (begin - before)[row]  # [n]
    return row, pairs[1, position]


def lookup_ref(pairs: Tensor, users: Tensor) -> tuple[Tensor, Tensor]:
    """:func:`lookup` in plain Python, for tests."""
    found = [
        (row, item)
        for row, user in enumerate(users.tolist())
        for owner, item in zip(*pairs.tolist(), strict=True)
        if owner == user
    ]
    row, item = torch.tensor(found, dtype=torch.int64, device=pairs.device).view(-1, 2).t()
    return row, item
