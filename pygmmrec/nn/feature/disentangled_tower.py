"""Rows of a sparse matrix encoded factor by factor, and decoded to scores of all its columns."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.kernels.rows.dropout import dropout
from pygmmrec.kernels.rows.rows import rows
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.utils.check import check, check_integer, check_number, check_probability

BLOCK = 1 << 22
"""Elements of spread rows, or of scores, at a time: 16 MB of floats, which glibc keeps for the next block."""


class DisentangledTower(nn.Module):
    r"""The variational autoencoder of MacridVAE (`arXiv 1910.14238 <https://arxiv.org/abs/1910.14238>`_), on
    a graph of the columns as in DGVAE (`arXiv 2402.16110 <https://arxiv.org/abs/2402.16110>`_).

    Columns (items, words) have codes :math:`h_i` and belong to K factors with prototypes :math:`m_k`:

    .. math::
        c_{ik} = \mathrm{softmax}_k(\cos(h_i, m_k) / \tau), \qquad
        y_k = \mathrm{unit}(x \odot c_k), \qquad
        [\mu_k \Vert -\log \sigma_k^2] = \mathrm{drop}\big( \tfrac{1}{2} (y_k G G + y_k) \big) W + b

    .. math::
        z_k = \mathrm{unit}(\mathrm{unit}(\mu_k) + s \, \epsilon \odot \sigma_k), \qquad
        s_i = \log \sum_k c_{ik} \exp(z_k^\top \mathrm{unit}(h_i) / \tau)

    Noise is Gumbel's on the logits of c, dropout, and :math:`\epsilon`, each only where a method is asked to
    ``sample``. Without dropout, G is applied to W once and not to every row.

    Args:
        num_columns: Number of columns N.
        channels: D.
        num_factors: K. (default: ``3``)
        temperature: :math:`\tau`. (default: ``0.1``)
        p: Fraction of the spread row that is dropped. (default: ``0.5``)
        std: s. (default: ``0.075``)

    Raises:
        ValueError: If an argument is out of range, or rows or graph have another number of columns.
    """

    def __init__(
        self,
        num_columns: int,
        channels: int,
        *,
        num_factors: int = 3,
        temperature: float = 0.1,
        p: float = 0.5,
        std: float = 0.075,
    ) -> None:
        super().__init__()
        self.num_columns = check_integer(num_columns, "num_columns", self, at_least=1)
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.num_factors = check_integer(num_factors, "num_factors", self, at_least=1)
        self.temperature = check_number(temperature, "temperature", self, above=0)
        self.p = check_probability(p, "p", self)
        self.std = check_number(std, "std", self, at_least=0)
        self.code = nn.Parameter(torch.empty(num_columns, channels))  # h
        self.prototype = nn.Parameter(torch.empty(num_factors, channels))  # m
        self.weight = nn.Parameter(torch.empty(num_columns, 2 * channels))  # W
        self.bias = nn.Parameter(torch.empty(2 * channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights from Glorot's distributions; the bias starts at zero."""
        nn.init.xavier_normal_(self.code)
        nn.init.xavier_normal_(self.prototype)
        nn.init.xavier_uniform_(self.weight)
        nn.init.zeros_(self.bias)

    @property
    def block_height(self) -> int:
        """Rows to spread or decode at a time."""
        return max(1, BLOCK // (self.num_columns * self.num_factors))

    def log_share(self, *, sample: bool = False) -> Tensor:
        r""":math:`\log c`, [N, K]."""
        logits = unit_rows(self.code) @ unit_rows(self.prototype).t() / self.temperature  # [N, D] x [D, K]
        if sample:
            logits = logits - torch.empty_like(logits).exponential_().log()
        return logits.log_softmax(dim=-1)

    def encode(
        self, x: Adj, log_share: Tensor, graph: Adj | None = None, *, sample: bool = False
    ) -> tuple[Tensor, Tensor]:
        r"""Rows [B, N] to unit :math:`\mu` and :math:`\log \sigma^2`, [B, K, D] each."""
        check(x.num_cols == self.num_columns, "x", f"of {self.num_columns} columns", self, x.num_cols)
        p = self.p if sample else 0.0
        entry = x.value.unsqueeze(-1) * rows(log_share.exp(), x.col)  # [E, K]
        square = entry.new_zeros(x.num_rows, self.num_factors).index_add(0, x.row, entry.square())
        entry = entry / rows(square.masked_fill(square == 0, 1.0).sqrt(), x.row)
        if graph is not None and p > 0:
            out = self._encode_spread(x, entry, graph, p)
        else:
            table: Tensor = self.weight
            if graph is not None:
                table = (spmm(graph, spmm(graph, table)) + table) / 2
            entry = F.dropout(entry, p)
            _ = x.transpose_perm  # found once for all factors
            out = torch.stack([spmm(x.with_value(value), table) for value in entry.unbind(1)], dim=1)
        mean, log_precision = (out + self.bias).chunk(2, dim=-1)  # [B, K, 2 D] -> [B, K, D] each
        return unit_rows(mean), -log_precision

    def _encode_spread(self, x: Adj, entry: Tensor, graph: Adj, p: float) -> Tensor:
        """Spread rows on the graph, where dropout meets each of their elements: [B, K, 2 D]."""
        to_column, table, out = graph.t(), self.weight / 2, []
        starts = [*range(0, x.num_rows, self.block_height), x.num_rows]
        bounds = x.rowptr[starts].tolist()  # entries before each block
        for (start, stop), (first, last) in zip(pairwise(starts), pairwise(bounds), strict=True):
            place = (x.col[first:last], x.row[first:last] - start)
            y = entry.new_zeros(x.num_cols, stop - start, self.num_factors)
            y = y.index_put(place, entry[first:last]).view(x.num_cols, -1)  # [N, b, K] -> [N, b K]
            spread = dropout(spmm(to_column, spmm(to_column, y)) + y, p)
            out.append(spread.t() @ table)  # [b K, N] x [N, 2 D]
        return torch.cat(out).view(x.num_rows, self.num_factors, -1)  # [B K, 2 D] -> [B, K, 2 D]

    def draw(self, mean: Tensor, log_var: Tensor) -> Tensor:
        """A sample z, [B, K, D]."""
        return unit_rows(mean + self.std * torch.randn_like(mean) * (log_var / 2).exp())

    def decode(self, z: Tensor, log_share: Tensor) -> Tensor:
        """Factors [B, K, D] to scores of all columns, [B, N]."""
        return mixture_scores(z, unit_rows(self.code), log_share, self.temperature)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.num_columns}, {self.channels}, num_factors={self.num_factors}, "
            f"temperature={self.temperature}, p={self.p}, std={self.std})"
        )


def mixture_scores(z: Tensor, code: Tensor, log_share: Tensor, temperature: float) -> Tensor:
    r""":math:`\log \sum_k c_{ik} \exp(z_k^\top h_i / \tau)`: [B, K, D], [N, D] and [N, K] to [B, N]."""
    logits = torch.einsum("bkd,nd->bkn", z / temperature, code)
    return (logits + log_share.t()).logsumexp(dim=1)  # [B, K, N] -> [B, N]
