"""Top-k cosine similarity in blocks, said once: never an N × N matrix."""

from typing import Literal, TypeAlias

import torch
from torch import Tensor

from pygmmrec.kernels.neighbours.knn_faiss import approximate_topk
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.utils.check import check

Search: TypeAlias = Literal["exact", "approximate"]
SEARCHES = ("exact", "approximate")

ASKED = 1000
"""Rows by which the recall of an approximate search is measured, at most."""


@torch.no_grad()
def topk_cosine(
    x: Tensor, k: int, *, include_self: bool = True, block_size: int = 1024, search: Search = "exact"
) -> tuple[Tensor, Tensor]:
    r"""The k nearest rows of each row by cosine similarity, best first; ties go to the smaller index.

    Args:
        x: Features, [N, F]. A row of zeros has similarity zero to all rows.
        k: Number of neighbours, at most N (N - 1 without the row itself).
        include_self: Whether a row counts among its own neighbours.
        block_size: Rows per block: memory is O(``block_size`` · N).
        search: ``exact`` compares all pairs of rows, O(N² · F); ``approximate`` looks into the cells near a
            row, O(N · √N · F), and needs the extra ``faiss``. A row that it finds too few for is compared
            with all. See :func:`search_recall`. (default: ``exact``)

    Shapes:
        - **output:** indices [N, k] int64, similarities [N, k]

    Raises:
        ValueError: If ``k`` is not between 1 and the number of candidates, or there is no such search.
        ModuleNotFoundError: If ``search`` is approximate and faiss is not installed.
    """
    check(search in SEARCHES, "search", f"one of {SEARCHES}", "topk_cosine", search)
    num_candidates = x.size(0) if include_self else x.size(0) - 1
    remedy = "Ask for fewer neighbours"
    check(1 <= k <= num_candidates, "k", f"between 1 and {num_candidates}, the number of other rows"
          if not include_self else f"between 1 and {num_candidates}, the number of rows",
          "topk_cosine", k, remedy)  # fmt: skip
    x = unit_rows(x)
    every = torch.arange(x.size(0), device=x.device)
    if search == "exact":
        return _nearest(x, every, k, include_self, block_size)
    index, value = approximate_topk(x, k if include_self else k + 1)  # [N, k'] each
    if not include_self:  # last of all, and cut off
        own = index == every.unsqueeze(-1)
        own[:, -1] |= ~own.any(dim=-1)
        index, value = (each[~own].view(-1, k) for each in (index, value))  # [N, k + 1] -> [N, k]
    few = (index < 0).any(dim=-1).nonzero().squeeze(-1)
    if few.numel() > 0:
        index[few], value[few] = _nearest(x, few, k, include_self, block_size)
    return index, value


@torch.no_grad()
def search_recall(x: Tensor, index: Tensor, *, include_self: bool = True, block_size: int = 1024) -> float:
    """The share of the k nearest rows that a search found, over at most a thousand rows at even distances.

    Args:
        x: Features, [N, F].
        index: What was found for each row, [N, k].
        include_self: As the search was told.
        block_size: Rows compared at a time.
    """
    asked = torch.arange(0, x.size(0), max(1, x.size(0) // ASKED), device=x.device)
    exact, _ = _nearest(unit_rows(x), asked, index.size(1), include_self, block_size)  # [A, k]
    found = (index[asked].unsqueeze(-1) == exact.unsqueeze(-2)).any(dim=-1)  # [A, k, k] -> [A, k]
    return float(found.double().mean())


def _nearest(
    unit: Tensor, index: Tensor, k: int, include_self: bool, block_size: int
) -> tuple[Tensor, Tensor]:
    """The k nearest of some rows among all rows, [A] to [A, k] each."""
    blocks = []
    for block in index.split(block_size):
        similarity = unit[block] @ unit.t()  # [B, F] x [F, N] -> [B, N]
        if not include_self:
            similarity[torch.arange(len(block), device=block.device), block] = -torch.inf
        blocks.append(stable_topk(similarity, k))
    found, value = zip(*blocks, strict=True)
    return torch.cat(found), torch.cat(value)


def topk_cosine_ref(x: Tensor, k: int, *, include_self: bool = True) -> tuple[Tensor, Tensor]:
    """What :func:`topk_cosine` computes, by sorting the whole similarity matrix."""
    x = unit_rows(x)
    similarity = x @ x.t()  # [N, N]
    if not include_self:
        similarity.fill_diagonal_(-torch.inf)
    value, index = similarity.sort(dim=-1, descending=True, stable=True)
    return index[:, :k], value[:, :k]


def neighbours_to_edge_index(index: Tensor) -> Tensor:
    """Edges from each neighbour to its row, [N, k] to [2, N · k], sorted by destination."""
    dst = torch.arange(index.size(0), device=index.device).repeat_interleave(index.size(1))
    return torch.stack([index.reshape(-1), dst])  # [N, k] -> [2, N k]


def stable_topk(similarity: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Top-k of each row, equal values by smaller index; only rows with a tie at the cut pay for it."""
    value, index = similarity.topk(min(k + 1, similarity.size(-1)), dim=-1)
    tied = (
        (value[:, k - 1] == value[:, -1]).nonzero().squeeze(-1) if value.size(-1) > k else index.new_empty(0)
    )
    cut, index = value[:, k - 1 : k], index[:, :k]
    if tied.numel() > 0:
        rows, cut = similarity[tied], cut[tied]
        above, equal = rows > cut, rows == cut
        keep = above | (equal & (equal.cumsum(dim=-1) <= k - above.sum(dim=-1, keepdim=True)))
        index[tied] = keep.nonzero()[:, 1].view(-1, k)
    index = index.sort(dim=-1).values
    value, order = similarity.gather(-1, index).sort(dim=-1, descending=True, stable=True)
    return index.gather(-1, order), value
