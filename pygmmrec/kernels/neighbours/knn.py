"""Top-k cosine similarity in blocks, said once: never an N × N matrix."""

import torch
from torch import Tensor

from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.utils.check import check


@torch.no_grad()
def topk_cosine(
    x: Tensor, k: int, *, include_self: bool = True, block_size: int = 1024
) -> tuple[Tensor, Tensor]:
    r"""The k nearest rows of each row by cosine similarity, best first; ties go to the smaller index.

    Args:
        x: Features, [N, F]. A row of zeros has similarity zero to all rows.
        k: Number of neighbours, at most N (N - 1 without the row itself).
        include_self: Whether a row counts among its own neighbours.
        block_size: Rows per block: memory is O(``block_size`` · N).

    Shapes:
        - **output:** indices [N, k] int64, similarities [N, k]

    Raises:
        ValueError: If ``k`` is not between 1 and the number of candidates.
    """
    num_candidates = x.size(0) if include_self else x.size(0) - 1
    remedy = "Ask for fewer neighbours"
    check(1 <= k <= num_candidates, "k", f"between 1 and {num_candidates}, the number of other rows"
          if not include_self else f"between 1 and {num_candidates}, the number of rows",
          "topk_cosine", k, remedy)  # fmt: skip
    x = unit_rows(x)
    blocks = []
    for start in range(0, x.size(0), block_size):
        similarity = x[start : start + block_size] @ x.t()  # [B, F] x [F, N] -> [B, N]
        if not include_self:
            similarity.diagonal(offset=start).fill_(-torch.inf)
        blocks.append(_stable_topk(similarity, k))
    index, value = zip(*blocks, strict=True)
    return torch.cat(index), torch.cat(value)


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


def _stable_topk(similarity: Tensor, k: int) -> tuple[Tensor, Tensor]:
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
