"""A ranking that several processes share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from pygmmrec.kernels.columns.ranks import Ranks
from pygmmrec.kernels.ranking.rank import Ranking, rank


def rank_together(
    ranks: Ranks | None,
    score: Callable[[Tensor], Tensor],
    user_index: Tensor,
    k: int,
    *,
    exclude: Tensor | None = None,
    block_size: int = 256,
) -> Iterator[Ranking]:
    """What :func:`~pygmmrec.kernels.ranking.rank.rank` yields, where processes take blocks of users in turn.

    Each ranks its own, and all of them get all lists, in the order of the users. All take as many turns: in
    the last one some rank a user again, whose list is left out.

    Args:
        ranks: The processes; ``None`` for this one alone.
        score: As there; of whole tables, since processes ask for different users.
        user_index: As there, and so are the others.
        k: Length of the lists.
        exclude: User-item pairs to leave out.
        block_size: Users per block.

    Shapes:
        user_index [U], exclude [2, E], score: [B] -> [B, I]; yields [P B], [P B, K], [P B, K]
    """
    if ranks is None:
        yield from rank(score, user_index, k, exclude=exclude, block_size=block_size)
        return
    turn = ranks.size * block_size
    missing = -user_index.numel() % turn
    padded = torch.cat([user_index, user_index[-1:].expand(missing)])
    own = padded.view(-1, ranks.size, block_size)[:, ranks.rank].flatten()  # [T, P, B] -> [T B]
    for start, block in enumerate(rank(score, own, k, exclude=exclude, block_size=block_size)):
        user = user_index[start * turn : (start + 1) * turn]
        item = ranks.gather_rows(block.item)[: user.numel()]  # [B, K] -> [P B, K]
        yield Ranking(user, item, ranks.gather_rows(block.score)[: user.numel()])
