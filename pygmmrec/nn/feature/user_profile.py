"""What a user's items say about the user."""

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch_geometric.utils import scatter, softmax

from pygmmrec.kernels.rows.rows import rows
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.utils.check import check, check_integer

ProfileAggr: TypeAlias = Literal["sum", "mean", "max", "attention", "sym"]
AGGRS = ("sum", "mean", "max", "attention", "sym")


class UserProfile(nn.Module):
    r"""Aggregate the features of each user's items (eq. 5 of CRANE, `arXiv 2601.11151
    <https://arxiv.org/abs/2601.11151>`_; section 4.8 compares the first four ways).

    - ``sum``: :math:`x_u = \sum_{i \in N_u} x_i`, the paper's default
    - ``mean``: the sum divided by :math:`|N_u|`
    - ``max``: the element-wise maximum
    - ``attention``: :math:`\sum_i \alpha_{ui} x_i` with
      :math:`\alpha_{ui} = \mathrm{softmax}_{i \in N_u}(q^\top x_i / \sqrt{D})` and a learned query :math:`q`
    - ``sym``: :math:`\sum_i x_i / \sqrt{|N_u| |N_i|}`, as a layer of LightGCN does, between mean and sum

    A user without items has a profile of zeros.

    Args:
        aggr: The aggregation. (default: ``sum``)
        channels: D; only ``attention`` needs it, for its query. (default: ``None``)

    Shapes:
        - **input:** item features [I, D]; :class:`~.Adj` [U, I] with weights of one.
          Items that lack the features are left out by a matrix without their entries,
          ``adj.keep(available[adj.col])``
        - **output:** [U, D]

    Raises:
        ValueError: If ``aggr`` is unknown, or ``attention`` lacks ``channels``.
    """

    def __init__(self, aggr: ProfileAggr = "sum", *, channels: int | None = None) -> None:
        super().__init__()
        check(aggr in AGGRS, "aggr", f"one of {AGGRS}", self, aggr)
        check(aggr != "attention" or channels is not None, "channels", "given where 'aggr' is 'attention'",
              self, channels)  # fmt: skip
        self.aggr: ProfileAggr = aggr
        if channels is not None:
            channels = check_integer(channels, "channels", self, at_least=1)
        self.channels = channels
        self.query = nn.Parameter(torch.empty(channels or 0)) if aggr == "attention" else None
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Start the query at random, so that attention starts close to the mean."""
        if self.query is not None:
            nn.init.normal_(self.query, std=0.1)

    def forward(self, x: Tensor, adj: Adj) -> Tensor:
        if self.aggr == "sum":
            return spmm(adj, x)
        if self.aggr == "mean":
            return spmm(adj, x) / adj.degree().clamp(min=1).unsqueeze(-1)
        if self.aggr == "sym":
            user, item = (each.degree().clamp(min=1).to(x.dtype).unsqueeze(-1) for each in (adj, adj.t()))
            return spmm(adj, x / item.sqrt()) / user.sqrt()
        if self.query is None:  # max
            return scatter(rows(x, adj.col), adj.row, dim=0, dim_size=adj.num_rows, reduce="max")
        logit = x @ self.query / x.size(-1) ** 0.5  # [I, D] x [D] -> [I]
        return spmm(
            adj.with_value(softmax(logit.index_select(0, adj.col), adj.row, num_nodes=adj.num_rows)), x
        )

    def __repr__(self) -> str:
        channels = "" if self.channels is None else f", channels={self.channels}"
        return f"{type(self).__name__}({self.aggr!r}{channels})"
