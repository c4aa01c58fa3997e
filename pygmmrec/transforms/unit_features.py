"""Features of length one."""

from collections.abc import Sequence

from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import stored_features
from pygmmrec.graph.places import channels_last, layout_of
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.utils.check import check


class UnitFeatures(GraphTransform):
    """Scale each item's features to length one, modality by modality; a row of zeros stays. Tokens and maps
    are scaled place by place.

    A model that multiplies raw features with a weight learns as fast as they are long: with image features of
    length 33, as TikTok has, one step of Adam changes a score by more than its free embeddings can follow.

    Args:
        modality: The modalities to scale; ``None`` takes all. (default: ``None``)

    Raises:
        ValueError: If, when applied, the graph lacks one of them.
    """

    def __init__(self, modality: Sequence[str] | None = None) -> None:
        self.modality = None if modality is None else list(modality)

    def forward(self, data: HeteroData) -> HeteroData:
        features = stored_features(data)
        names = sorted(features) if self.modality is None else self.modality
        fits = set(names) <= set(features)
        check(fits, "modality", f"names out of {sorted(features)}", self, self.modality)
        for name in names:
            x = unit_rows(channels_last(features[name]))  # [I, F], [I, L, F] or [I, H, W, F]
            data["item"][name] = x.movedim(-1, 1) if layout_of(features[name]) == "maps" else x
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(modality={self.modality})"
