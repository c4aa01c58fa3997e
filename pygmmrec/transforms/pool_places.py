"""Features without places."""

from __future__ import annotations

from collections.abc import Sequence

from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import stored_features
from pygmmrec.graph.places import pooled
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.utils.check import check


class PoolPlaces(GraphTransform):
    """Replace tokens [I, L, F] and maps [I, F, H, W] by their mean over places, a vector [I, F] an item.

    Models that see places, such as ``MambaRec``, take tokens and maps as they are; all others ask for
    vectors. It belongs before any transform of a model, as in ``InteractionFolder(root,
    pre_transform=PoolPlaces())``. Vectors stay as they are.

    Args:
        modality: The modalities to pool; ``None`` takes all. (default: ``None``)

    Raises:
        ValueError: If, when applied, the graph lacks one of them.
    """

    def __init__(self, modality: Sequence[str] | None = None) -> None:
        self.modality = None if modality is None else list(modality)

    def forward(self, data: HeteroData) -> HeteroData:
        features = stored_features(data)
        names = sorted(features) if self.modality is None else self.modality
        check(
            set(names) <= set(features), "modality", f"names out of {sorted(features)}", self, self.modality
        )
        for name in names:
            if features[name].dim() > 2:
                data["item"][name] = pooled(features[name])
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(modality={self.modality})"
