"""Which of the things stored at a node type are modality features."""

from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.typing import Modalities


def modalities(data: HeteroData) -> Modalities:
    """The item features of a graph by name, each [I, F_m]: every floating 2-D tensor of the item store."""
    return {
        name: value
        for name, value in data["item"].items()
        if isinstance(value, Tensor) and value.is_floating_point() and value.dim() == 2
    }
