"""Which of the things stored at the items are modality features, and which items have them."""

from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.typing import Modalities, available_key


def modalities(data: HeteroData) -> Modalities:
    """The item features of a graph by name, each [I, F_m]: every floating 2-D tensor of the item store."""
    return {
        name: value
        for name, value in data["item"].items()
        if isinstance(value, Tensor) and value.is_floating_point() and value.dim() == 2
    }


def availability(data: HeteroData) -> Modalities:
    """Which items have a modality, bool [I], for each modality that some items lack."""
    keys = {name: available_key(name) for name in modalities(data)}
    return {name: data["item"][key] for name, key in keys.items() if key in data["item"]}


def zero_missing(x: Modalities, available: Modalities) -> Modalities:
    """Zeros in the rows of items that lack a modality: by modality [N, D], and masks, bool [N], of some.

    After a projection and its bias, such an item has a row of its own making otherwise.
    """
    return {
        name: x_m.masked_fill(~available[name].unsqueeze(-1), 0.0) if name in available else x_m
        for name, x_m in x.items()
    }
