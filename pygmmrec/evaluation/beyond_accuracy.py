"""What top-k lists show besides hits: how popular and how varied they are, and where held-out items stand."""

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.is_graph import check_is_graph
from pygmmrec.graph.modalities import availability, pooled_modalities
from pygmmrec.kernels.rows.rows import rows
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.typing import INTERACTS
from pygmmrec.utils.check import check, check_integer

BLOCK_BYTES = 2**22
"""Features of the lists that are compared at once."""


class BeyondAccuracy:
    r"""Popularity and diversity of each list, and the place of each held-out item in it.

    With :math:`d_i` the training edges of item :math:`i`, :math:`x_i^m` its features and :math:`P` the pairs
    of different items in a list, each once for every modality :math:`m` that both items have, and :math:`n`
    items in a list, which are k but where it runs short:

    - popularity: :math:`\frac{1}{n} \sum_{i} d_i`;
    - diversity: :math:`\frac{1}{|P|} \sum_{(i, j, m) \in P} 1 - \cos(x_i^m, x_j^m)`; zero without such a
      pair, and left out where the graph has no modality.

    Args:
        data: The graph, with its features and training edges.
        k: Length of the lists that popularity and diversity are of.

    Raises:
        ValueError: If ``k`` is not between 1 and the number of items.
    """

    def __init__(self, data: HeteroData, k: int) -> None:
        check_is_graph(data, self)
        num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
        k = check_integer(k, "k", self)
        check(1 <= k <= num_items, "k", f"between 1 and the number of items ({num_items})", self, k)
        self.k = k
        user, item = data[INTERACTS].edge_index
        self.user_degree = user.bincount(minlength=num_users)  # [U]
        self.item_degree = item.bincount(minlength=num_items)  # [I]
        self._modalities, self._available = pooled_modalities(data), availability(data)
        self._kept: dict[str, list[Tensor]] = {f"popularity@{k}": []}
        if self._modalities:
            self._kept[f"diversity@{k}"] = []
        self._pairs: list[Tensor] = []

    def update(self, user: Tensor, item: Tensor, row: Tensor, held_out: Tensor) -> None:
        """Add the lists of a block of users.

        Args:
            user: The users of the block.
            item: Their lists, best first, of ``k`` items or more; -1 where a list runs short.
            row: For each held-out pair, which row of ``item`` is its user's.
            held_out: For each held-out pair, its item.

        Shapes:
            user [B], item [B, K], row [n], held_out [n]
        """
        top = item[:, : self.k]  # [B, k]
        number = (top >= 0).sum(dim=1).clamp(min=1)  # [B]
        degree = self.item_degree[top.clamp(min=0)].double().masked_fill(top < 0, 0.0)  # [B, k]
        self._kept[f"popularity@{self.k}"].append((degree.sum(dim=1) / number).cpu())
        if self._modalities:
            self._kept[f"diversity@{self.k}"].append(self._diversity(top).cpu())
        hit = item[row] == held_out.unsqueeze(1)  # [n, K]
        place = torch.where(hit.any(dim=1), hit.int().argmax(dim=1) + 1, 0)  # [n]
        self._pairs.append(torch.stack([user[row], held_out, place]).cpu())  # [3, n]

    def _diversity(self, top: Tensor) -> Tensor:
        """[B, k] -> [B] float64"""
        distance = top.new_zeros(top.size(0), dtype=torch.float64)  # [B]
        count = torch.zeros_like(distance)  # [B]
        there, top = top >= 0, top.clamp(min=0)
        for name, x in self._modalities.items():
            has = there & self._available[name][top] if name in self._available else there
            number = has.sum(dim=1).double()  # [B]
            count += number * (number - 1)
            # No more than a few lists at once: their features are B k F numbers in double precision.
            size = max(1, BLOCK_BYTES // (torch.float64.itemsize * x.size(1) * self.k))
            alike = torch.empty_like(number)  # [B]; in place, or what is kept lies between freed blocks
            for start in range(0, top.size(0), size):
                block = slice(start, start + size)
                alike[block] = _alike(x, top[block], has[block])
            distance += number * (number - 1) - alike
        return distance / count.clamp(min=1)

    def per_user(self) -> dict[str, Tensor]:
        """Values of all users added, in their order: ``{'popularity@20': [U] float64, ...}``, on the CPU."""
        return {name: torch.cat(kept) for name, kept in self._kept.items()}

    def compute(self) -> dict[str, float]:
        """The averages over all users added."""
        return {name: float(value.mean()) for name, value in self.per_user().items()}

    def places(self) -> tuple[Tensor, Tensor]:
        """Held-out pairs of all users added, and their places in the lists: from one, zero if not in it.

        Shapes:
            pairs (user, item) [2, n], places [n], on the CPU
        """
        pairs = torch.cat(self._pairs, dim=1)  # [3, n]
        return pairs[:2], pairs[2]

    def __repr__(self) -> str:
        return f"{type(self).__name__}(k={self.k})"


def _alike(x: Tensor, top: Tensor, has: Tensor) -> Tensor:
    """Sums of the cosines of all ordered pairs of different items in a list: [b, k] -> [b] float64"""
    unit = unit_rows(rows(x, top).double())  # [b, k, F]
    unit.masked_fill_(~has.unsqueeze(-1), 0.0)
    # All products but those of an item with itself; items that lack the modality are rows of zeros.
    return unit.sum(dim=1).square().sum(dim=1) - unit.square_().sum(dim=(1, 2))
