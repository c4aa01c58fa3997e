"""The one way in which a transform changes the edges of a store."""

from torch import Tensor
from torch_geometric.data.storage import EdgeStorage


def rewire(store: EdgeStorage, **attributes: Tensor) -> None:
    """Set edge attributes, and take away the matrix ``adj_t``, which was of other edges or weights.

    :class:`~pygmmrec.transforms.ToAdj` builds it again; a store that has its matrix keeps it there.

    Args:
        store: The edges, changed in place.
        attributes: What to set, such as ``edge_index`` [2, E] and ``edge_weight`` [E].
    """
    store.pop("adj_t", None)
    for name, value in attributes.items():
        store[name] = value
