"""What items are made of, as one vector each."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import availability, modalities, zero_missing
from pygmmrec.nn import Fuse
from pygmmrec.utils.check import check


def content_rows(
    data: HeteroData, modality_dims: Mapping[str, int], where: object, *, normalize: bool = True
) -> Tensor:
    """The modalities of items side by side, each of length one; zeros where an item lacks one.

    Args:
        data: The graph.
        modality_dims: Size of each modality.
        where: Who asks, for errors.
        normalize: ``False`` leaves the lengths of features as they are. (default: ``True``)

    Shapes:
        - **output:** [I, F]

    Raises:
        ValueError: If the graph lacks a modality, or has one of another size or with places.
    """
    x = zero_missing(modalities(data, modality_dims, where), availability(data))
    rows: Tensor = Fuse("average" if normalize else "concat")(x)
    return rows


def checked_dims(modality_dims: Mapping[str, int], where: object) -> dict[str, int]:
    """The sizes of modalities, of which there is one at least."""
    check(len(modality_dims) > 0, "modality_dims", "at least one modality", where, dict(modality_dims))
    return dict(modality_dims)
