"""What a modality may be called."""

from typing import Any

from torch import nn
from torch_geometric.data.storage import NodeStorage

from pygmmrec.utils.check import check


def check_modality_name(name: Any) -> None:
    """Raise where a name cannot be an attribute of the item store and of a module per modality.

    Raises:
        ValueError: If the name is no identifier, or is taken (``num_nodes``, ``raw_id``, ``keys``).
    """
    where, remedy = "build_hetero_data", "Call it for example 'image' or 'text'."
    fine = isinstance(name, str) and name.isidentifier() and not name.startswith("_")
    check(fine, "features", "keyed by modality names that are identifiers", where, name, remedy)
    taken = name == "raw_id" or hasattr(NodeStorage, name) or hasattr(nn.ModuleDict(), name)
    check(not taken, "features", "keyed by modality names that are free", where, name, remedy)
