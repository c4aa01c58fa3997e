"""Items that held-out ones are ranked among, where not all are ranked."""

from __future__ import annotations

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.ranking.unseen import Unseen
from pygmmrec.typing import HELD_OUT, INTERACTS
from pygmmrec.utils.check import check, check_integer, check_seed

SAMPLED = "sampled_"
"""How the names of metrics begin that are of a sample of the items."""


def draw_negatives(data: HeteroData, users: Tensor, number: int, seed: int) -> Tensor:
    """Items that users do not know, drawn uniformly and each once for a user; the same on every device.

    A user knows the items of training edges and of all held-out pairs. One who does not know fewer items than
    are asked for gets these, and -1 in the other places.

    Args:
        data: The graph.
        users: Whom to draw for.
        number: How many for each.
        seed: Seed of the draws.

    Shapes:
        users [U] -> [U, number], ascending

    Raises:
        ValueError: If more than half of all items are asked for.
    """
    num_items = data["item"].num_nodes
    number = check_integer(number, "num_negatives", "evaluate", at_least=1)
    few = f"at most half of the {num_items} items"
    check(2 * number <= num_items, "num_negatives", few, "evaluate", number, "Rank all of them: None")
    store = data[INTERACTS]
    known = torch.cat([store.edge_index, *(store[name] for name in HELD_OUT if name in store)], dim=1).cpu()
    unseen = Unseen(known, num_items, num_users=data["user"].num_nodes)
    generator = torch.Generator().manual_seed(check_seed(seed, "seed", "evaluate"))
    return unseen.draw(users.cpu(), number, generator).to(users.device)
