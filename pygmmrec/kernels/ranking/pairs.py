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


def among(pairs: Tensor, others: Tensor, num_items: int) -> Tensor:
    """Which of some pairs are among others, in any order: [2, E] and [2, n] to bool [E]."""
    keys, known = (x[0] * num_items + x[1] for x in (pairs, others))  # [E], [n]
    if known.numel() == 0:
        return torch.zeros_like(keys, dtype=torch.bool)
    known = known.sort().values
    place = torch.searchsorted(known, keys).clamp(max=known.numel() - 1)  # [E]
    return known[place] == keys


def distinct(pairs: Tensor, num_items: int) -> Tensor:
    """The same pairs in the same order, but each once: [2, E] to [2, D]."""
    order = (pairs[0] * num_items + pairs[1]).argsort(stable=True)  # [E]
    in_order = pairs[:, order]
    again = (in_order[:, 1:] == in_order[:, :-1]).all(dim=0)  # [E - 1]
    if not bool(again.any()):
        return pairs
    keep = torch.ones_like(order, dtype=torch.bool)
    keep[order[1:]] = ~again
    return pairs[:, keep]


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


def among_ref(pairs: Tensor, others: Tensor) -> Tensor:
    """:func:`among` in plain Python, for tests."""
    known = set(zip(*others.tolist(), strict=True))
    return torch.tensor([pair in known for pair in zip(*pairs.tolist(), strict=True)], dtype=torch.bool)


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
