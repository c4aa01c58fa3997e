"""Items that lack a modality, drawn at random."""

import torch
from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import availability, stored_features
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.typing import PREPARED, available_key
from pygmmrec.utils.check import check, check_probability, check_seed


class LoseModality(GraphTransform):
    """Take one modality away from a share of the items, for training and evaluation alike.

    Their rows become zero, and ``data['item']['<modality>_available']`` says who still has one. It belongs
    before any transform that reads features. The graph that it is given stays as it is.

    Args:
        p: Share of the items that lose a modality.
        modality: Which one. ``None`` draws one of all for each item. (default: ``None``)
        seed: Seed of the draw, the same on every device. (default: ``0``)

    Raises:
        ValueError: If ``p`` is not in [0, 1), or, when applied, the graph has no such modality, no item would
            keep it, or a model has prepared the graph from its features.
    """

    def __init__(self, p: float, *, modality: str | None = None, seed: int = 0) -> None:
        self.p = check_probability(p, "p", self)
        self.modality = modality
        self.seed = check_seed(seed, "seed", self)

    def forward(self, data: HeteroData) -> HeteroData:
        remedy = "Apply it before any model prepares the graph"
        check(
            PREPARED not in data, "data", "a graph that no model prepared", self, data.get(PREPARED), remedy
        )
        features, known = stored_features(data), availability(data)
        names = sorted(features) if self.modality is None else [self.modality]
        fits = bool(names) and set(names) <= set(features)
        check(fits, "modality", f"one of {sorted(features)}", self, self.modality)
        num_items = data["item"].num_nodes
        generator = torch.Generator().manual_seed(self.seed)
        loser = torch.randperm(num_items, generator=generator)[: round(self.p * num_items)]  # [n]
        which = torch.randint(len(names), loser.shape, generator=generator)  # [n]
        for place, name in enumerate(names):
            x = features[name]
            available = known[name].clone() if name in known else x.new_ones(num_items).bool()  # [I]
            available[loser[which == place].to(x.device)] = False
            check(bool(available.any()), "p", f"a share that leaves some item its {name!r}", self, self.p)
            data["item"][name] = x.masked_fill(~available.view(-1, *[1] * (x.dim() - 1)), 0.0)  # [I, F]
            data["item"][available_key(name)] = available
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(p={self.p}, modality={self.modality!r}, seed={self.seed})"
