"""PyG's ranking metrics in float64, averaged and per user."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

import torch
from torch import Tensor
from torch_geometric.metrics import (
    LinkPredCoverage,
    LinkPredHitRatio,
    LinkPredMAP,
    LinkPredMetricCollection,
    LinkPredMRR,
    LinkPredNDCG,
    LinkPredPrecision,
    LinkPredRecall,
)
from torch_geometric.metrics.link_pred import LinkPredMetric, LinkPredMetricData

from pygmmrec.evaluation.list_lengths import list_lengths
from pygmmrec.evaluation.own_metrics import Metric, OwnMetric
from pygmmrec.kernels.ranking.pairs import distinct
from pygmmrec.utils.check import check, check_integer


class _PerUser(LinkPredMetric):
    """Keeps the values that PyG sums up, one per user, in the order of the updates, all in float64.

    PyG's metrics divide integers by integers and sum into ``torch.tensor(0.)``: both take torch's default
    type, in which averages are off from the eighth digit on, and depend on the block size. The default is a
    global of the process, and threads would see it change; so hits and sums are float64 from the start.
    """

    def __init__(self, k: int) -> None:
        super().__init__(k)
        self.accum = self.accum.double()
        self.kept: list[Tensor] = []

    def _compute(self, data: LinkPredMetricData) -> Tensor:
        data._pred_rel_mat = data.pred_rel_mat.double()  # [B, K], what all that follows is computed from
        value = super()._compute(data).double()  # [B]
        self.kept.append(value)
        return value


class _Recall(_PerUser, LinkPredRecall): ...


class _NDCG(_PerUser, LinkPredNDCG):
    """Has its discounts in float64."""

    def __init__(self, k: int) -> None:
        super().__init__(k)
        discount = torch.arange(2, k + 2, dtype=torch.float64).log2()  # [k]
        ideal = torch.cat([discount.new_zeros(1), (1 / discount).cumsum(0)])  # [k + 1]
        self.register_buffer("discount", discount, persistent=False)
        self.register_buffer("idcg", ideal, persistent=False)


class _Precision(_PerUser, LinkPredPrecision): ...


class _MAP(_PerUser, LinkPredMAP): ...


class _HitRatio(_PerUser, LinkPredHitRatio): ...


class _MRR(_PerUser, LinkPredMRR): ...


class _Coverage(LinkPredCoverage):
    """Has no column for what is no item."""

    def update(
        self,
        pred_index_mat: Tensor,
        edge_label_index: Tensor | tuple[Tensor, Tensor],
        edge_label_weight: Tensor | None = None,
    ) -> None:
        kept = pred_index_mat[:, : self.k]
        self.mask[kept[kept < self.num_dst_nodes]] = True

    def compute(self) -> Tensor:
        return self.mask.double().mean()


_PER_USER: dict[str, type[_PerUser]] = {
    "recall": _Recall,
    "ndcg": _NDCG,
    "precision": _Precision,
    "map": _MAP,
    "hit_ratio": _HitRatio,
    "mrr": _MRR,
}

PER_USER_METRICS = tuple(_PER_USER)
"""Metrics that have a value for each user."""

LISTS = 4096
"""Lists that PyG is given at once, at least: its metrics take as long for a few as for some thousand."""

METRICS = (*PER_USER_METRICS, "coverage")
"""All metrics; coverage, the share of all items in any list, is one number for all users together."""


class RankingMetrics:
    r"""Metrics of top-k lists against held-out items, by PyG's ``LinkPred*`` classes in float64.

    With :math:`h_i \in \{0, 1\}` for a hit at position :math:`i` and :math:`n` held-out items of the user:

    - recall: :math:`\sum_{i \le k} h_i / n`, precision: :math:`\sum_{i \le k} h_i / k`;
    - ndcg: :math:`\sum_{i \le k} h_i / \log_2(i + 1)` over its value for an ideal list;
    - map: :math:`\frac{1}{\min(k, n)} \sum_{i \le k} h_i \, \mathrm{precision}_i`;
    - hit_ratio: 1 if there is a hit, mrr: :math:`1 / i` of the first one;
    - coverage: the share of all items that are in at least one list.

    Lists are compared on the CPU, since float64 is not to be had on every device. A place that holds -1 has
    no item: no hit, and nothing for coverage. A held-out pair that is given twice counts once.

    Args:
        metrics: Names out of :data:`METRICS`.
        ks: List lengths.
        num_items: Number of items, for coverage.
        own: Further metrics by name, see :data:`~pygmmrec.evaluation.own_metrics.Metric`. (default: none)
        prefix: What all names begin with. (default: nothing)

    Raises:
        ValueError: If a metric is unknown, or a list length is not between 1 and the number of items.
    """

    def __init__(
        self,
        metrics: Sequence[str],
        ks: Sequence[int],
        num_items: int,
        *,
        own: Mapping[str, Metric] | None = None,
        prefix: str = "",
    ) -> None:
        own = {} if own is None else own
        some = not isinstance(metrics, str) and len(metrics) + len(own) > 0
        check(some, "metrics", f"some of {list(METRICS)}", self, metrics, "One name is a list of one")
        for name in metrics:
            check(name in METRICS, "metrics", f"out of {list(METRICS)}", self, name)
        self.num_items = check_integer(num_items, "num_items", self, at_least=1)
        self.metrics = tuple(str(name) for name in metrics)
        self.ks = list_lengths(ks, self.num_items, self)
        for name in own:
            check(name not in METRICS, "metrics", "of other names than the library's", self, name)
        self.prefix = prefix
        self._own = {f"{name}@{k}": OwnMetric(name, own[name], k) for name in own for k in self.ks}
        members = {f"{name}@{k}": self._build(name, k) for name in self.metrics for k in self.ks}
        self._members = members
        self._collection = LinkPredMetricCollection(members) if members else None  # PyG takes no empty one
        self._waiting: list[tuple[Tensor, Tensor, Tensor]] = []

    def _build(self, name: str, k: int) -> LinkPredMetric | LinkPredCoverage:
        return _Coverage(k, self.num_items) if name == "coverage" else _PER_USER[name](k)

    @property
    def max_k(self) -> int:
        """The list length that :meth:`update` needs."""
        return max(self.ks)

    def update(self, item: Tensor, row: Tensor, held_out: Tensor) -> None:
        """Add the lists of a block of users.

        Args:
            item: The lists, best first; -1 where a list runs short.
            row: For each held-out pair, which row of ``item`` is its user's.
            held_out: For each held-out pair, its item.

        Shapes:
            item [B, K], row [n], held_out [n]

        Raises:
            ValueError: If the lists are shorter than :attr:`max_k`, or there are not as many rows as items.
        """
        long_enough = item.dim() == 2 and item.size(1) >= self.max_k
        check(long_enough, "item", f"lists [B, {self.max_k}] or longer", self, list(item.shape))
        check(row.shape == held_out.shape, "row", f"of shape {list(held_out.shape)}", self, list(row.shape))
        item = item.cpu()
        item = item.masked_fill(item < 0, self.num_items)  # an item that nobody holds out
        row, held_out = distinct(torch.stack([row, held_out]).cpu(), self.num_items)
        self._waiting.append((item, row, held_out))
        if sum(len(block) for block, _, _ in self._waiting) >= LISTS:
            self._add_waiting()

    def _add_waiting(self) -> None:
        """Hand PyG the lists that have come since the last time, as one block."""
        if not self._waiting:
            return
        items, rows, held_out = zip(*self._waiting, strict=True)
        self._waiting = []
        before = accumulate((len(block) for block in items[:-1]), initial=0)
        row = torch.cat([row + start for row, start in zip(rows, before, strict=True)])  # [n]
        lists, relevant = torch.cat(items), torch.stack([row, torch.cat(held_out)])  # [B, K], [2, n]
        if self._collection is not None:
            self._collection.update(lists, relevant)
        for metric in self._own.values():
            metric.update(lists.masked_fill(lists == self.num_items, -1), relevant)

    def compute(self) -> dict[str, float]:
        """The averages over all users added, as ``{'recall@20': 0.1, ...}``."""
        self._add_waiting()
        found = {} if self._collection is None else self._collection.compute()
        found |= {name: metric.compute() for name, metric in self._own.items()}
        return {f"{self.prefix}{name}": float(value) for name, value in found.items()}

    def per_user(self) -> dict[str, Tensor]:
        """The values of all users added, in their order, each [U] float64; coverage has none."""
        self._add_waiting()
        return {
            f"{self.prefix}{name}": torch.cat(metric.kept)
            for name, metric in [*self._members.items(), *self._own.items()]
            if isinstance(metric, _PerUser | OwnMetric)
        }

    def __repr__(self) -> str:
        return f"{type(self).__name__}(metrics={self.metrics}, ks={self.ks}, num_items={self.num_items})"
