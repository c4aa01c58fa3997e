"""The one way in which a transform changes the edges of a store."""

from torch import Tensor
from torch_geometric.data.storage import EdgeStorage


def rewire(store: EdgeStorage, **attributes: Tensor) -> None:
    """Set edge attributes, and take away the matrix ``matrix``, which was of other edges or weights.

    :class:`~pygmmrec.transforms.ToAdj` builds it again. A store with weights says that it is
    ``weighted``, so that they are missed where somebody else takes them away.

    Args:
        store: The edges, changed in place.
        attributes: What to set, such as ``edge_index`` [2, E] and ``edge_weight`` [E].
    """
    store.pop("matrix", None)
    for name, value in attributes.items():
        store[name] = value
    if "edge_weight" in attributes:
        store.weighted = True
