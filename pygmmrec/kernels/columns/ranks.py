"""The processes that hold a table together, and what they tell each other."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Ranks:
    """Processes that compute the same, each with its own columns of the tables.

    Args:
        rank: Which of them this one is.
        size: How many there are, P.
        group: Their group in :mod:`torch.distributed`.
    """

    rank: int
    size: int
    group: dist.ProcessGroup

    def own(self, x: Tensor) -> Tensor:
        """The columns of this rank: [..., D] to [..., D / P], a copy."""
        width = x.size(-1) // self.size
        return x.narrow(-1, self.rank * width, width).contiguous()

    def gather(self, x: Tensor) -> Tensor:
        """The columns of all ranks side by side: [..., D / P] to [..., D]."""
        return torch.cat(self.parts(x), dim=-1)

    def gather_rows(self, x: Tensor) -> Tensor:
        """The rows of all ranks below each other: [B, ...] to [P B, ...]."""
        return torch.cat(self.parts(x))

    def parts(self, x: Tensor) -> list[Tensor]:
        """What each of the ranks has: tensors of one shape."""
        x = x.detach().contiguous()
        parts = [torch.empty_like(x) for _ in range(self.size)]
        dist.all_gather(parts, x, group=self.group)
        return parts

    def total(self, x: Tensor) -> Tensor:
        """The sum over ranks of what each of them has a part of."""
        out = x.detach().clone(memory_format=torch.contiguous_format)
        dist.all_reduce(out, group=self.group)
        return out

    def share(self, number: int) -> range:
        """Which of so many things are this rank's, where each takes a run of them."""
        return range(self.rank * number // self.size, (self.rank + 1) * number // self.size)
