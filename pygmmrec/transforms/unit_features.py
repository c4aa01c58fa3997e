"""Features of length one."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import availability, stored_features
from pygmmrec.graph.places import channels_last, layout_of
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.typing import SCALED
from pygmmrec.utils.check import check


class UnitFeatures(GraphTransform):
    """Scale each item's features to length one, modality by modality; a row of zeros stays. Tokens and maps
    are scaled place by place.

    A model that multiplies raw features with a weight learns as fast as they are long: with image features of
    length 33, as TikTok has, one step of Adam changes a score by more than its free embeddings can follow.

    With ``center`` the mean of the items is taken off first: features that all share a large mean all have a
    cosine near one. The mean is over items that have the modality and a row other than zeros, of tokens and
    maps over their places; the other rows are zeros afterwards, and masks stay as they are.

    The graph remembers what is done (``data.scaled_features``), and nothing is done twice: a part of a graph
    keeps the mean of the whole. Features that were replaced since are scaled.

    Args:
        modality: The modalities to scale; ``None`` takes all. (default: ``None``)
        center: Whether to take off the mean first. (default: ``False``)

    Raises:
        ValueError: If, when applied, the graph lacks one of them.
    """

    def __init__(self, modality: Sequence[str] | None = None, *, center: bool = False) -> None:
        self.modality = None if modality is None else list(modality)
        self.center = center

    def forward(self, data: HeteroData) -> HeteroData:
        features = stored_features(data)
        names = sorted(features) if self.modality is None else self.modality
        fits = set(names) <= set(features)
        check(fits, "modality", f"names out of {sorted(features)}", self, self.modality)
        known, done = availability(data), dict(data.get(SCALED, {}))
        for name in names:
            x = channels_last(features[name])  # [I, F], [I, L, F] or [I, H, W, F]
            if name in done and (done[name] or not self.center) and _is_scaled(x):
                continue
            x = unit_rows(_centred(x, known.get(name)) if self.center else x)
            data["item"][name] = x.movedim(-1, 1) if layout_of(features[name]) == "maps" else x
            done[name] = self.center
        data[SCALED] = done
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(modality={self.modality}, center={self.center})"


def _centred(x: Tensor, available: Tensor | None) -> Tensor:
    having = (x != 0).any(dim=-1)  # [I, ..., F] -> [I, ...]
    if available is not None:
        having = having & available.view(-1, *[1] * (having.dim() - 1))
    return torch.where(having.unsqueeze(-1), x - x[having].mean(dim=0), 0.0)


def _is_scaled(x: Tensor) -> bool:
    length = x.norm(dim=-1)  # [I, ...]
    return bool((length.eq(0) | length.sub(1).abs().lt(1e-3)).all())
