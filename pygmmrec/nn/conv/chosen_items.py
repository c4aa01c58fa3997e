"""The items that a denoiser ranks first for each user, as a graph with self loops."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.select_rows import select_rows
from pygmmrec.nn.conv.self_loop_conv import own_weight
from pygmmrec.nn.feature.denoiser import Denoiser
from pygmmrec.nn.feature.noise_schedule import NoiseSchedule
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check_integer, check_probability

BLOCK = 1 << 22
"""Elements of users' rows at a time."""


class Chosen(NamedTuple):
    """A user-item graph with self loops: to users [U, I], to items [I, U], and what self loops weigh."""

    to_user: Adj
    to_item: Adj
    own: Embeddings


class ChosenItems(nn.Module):
    r"""Join each user to the k items that a denoiser ranks first (DiffMM, `arXiv 2406.11781
    <https://arxiv.org/abs/2406.11781>`_), whatever the user has already.

    Users' rows are taken backwards through all steps of a schedule, a block of them at a time, from the clean
    row or from one with the noise of some step. The graph is normalised with self loops; a sample of it drops
    entries each on its own, so that a pair may keep one direction, and scales the others up. No gradient goes
    to the denoiser.

    Args:
        schedule: Of the noise.
        k: Items of each user. (default: ``1``)
        p: Share of the entries that a sample drops. (default: ``0.5``)
        start: Steps of noise in the row where a sample starts; 0 for the clean row. (default: ``0``)
        noisy: Whether a sample has the noise of each step backwards. (default: ``False``)

    Shapes:
        - **input:** denoiser; the items of each user, :class:`~.Adj` [U, I], of which only the places count;
          whether to ``sample``, or to draw nothing
        - **output:** :class:`Chosen`

    Raises:
        ValueError: If an argument is out of range.
    """

    def __init__(
        self, schedule: NoiseSchedule, k: int = 1, *, p: float = 0.5, start: int = 0, noisy: bool = False
    ) -> None:
        super().__init__()
        self.schedule = schedule
        self.k = check_integer(k, "k", self, at_least=1)
        self.p = check_probability(p, "p", self)
        self.start = check_integer(start, "start", self, at_least=0, at_most=schedule.num_steps)
        self.noisy = noisy

    @torch.no_grad()
    def forward(self, denoiser: Denoiser, items: Adj, sample: bool = False) -> Chosen:
        blocks = torch.arange(items.num_rows, device=items.device).split(max(BLOCK // items.num_cols, 1))
        best = [
            self.predict(denoiser, user_rows(items, user), sample).topk(self.k).indices for user in blocks
        ]
        item = torch.cat(best).flatten()  # [U, k] -> [U k]
        user = torch.arange(items.num_rows, device=item.device).repeat_interleave(self.k)
        to_user = Adj.from_edge_index(torch.stack([item, user]), size=(items.num_cols, items.num_rows))
        to_item = to_user.t()
        of_user, of_item = own_weight(to_user), own_weight(to_item)
        weight = (of_user[to_user.row] * of_item[to_user.col]).sqrt()  # [U k]
        both = to_user.with_value(weight)
        back = to_item.with_value((of_item[to_item.row] * of_user[to_item.col]).sqrt())
        if sample and self.p > 0:
            both, back = (adj.with_value(self._thinned(adj.value)) for adj in (both, back))
            of_user, of_item = self._thinned(of_user), self._thinned(of_item)
        return Chosen(both, back, Embeddings(of_user, of_item))

    def predict(self, denoiser: Denoiser, x: Tensor, sample: bool = False) -> Tensor:
        """What the denoiser makes of some users' rows, [b, I] to [b, I]."""
        x = x.to(denoiser.encode.dtype)
        if sample and self.start > 0:
            last = torch.full((x.size(0),), self.start - 1, dtype=torch.int64, device=x.device)
            x = self.schedule.add(x, last, torch.randn_like(x))
        return self.schedule.reverse(denoiser, x, noisy=sample and self.noisy)

    def _thinned(self, weight: Tensor) -> Tensor:
        return weight * (torch.rand_like(weight) >= self.p) / (1 - self.p)

    def __repr__(self) -> str:
        options = f"p={self.p}, start={self.start}, noisy={self.noisy}"
        return f"{type(self).__name__}({self.schedule}, {self.k}, {options})"


def user_rows(items: Adj, user: Tensor) -> Tensor:
    """Which items some users have, by ones: [U, I] and [b] to [b, I]."""
    some = select_rows(items, user)
    return some.with_value(torch.ones_like(some.value)).to_dense()
