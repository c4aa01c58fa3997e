"""Whether a folder holds the data that its publishers describe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch_geometric.data import HeteroData

from pygmmrec.datasets.interaction_folder import InteractionFolder
from pygmmrec.typing import INTERACTS, TEST, VALID
from pygmmrec.utils.check import check


def check_published(
    dataset: InteractionFolder, data: HeteroData, modalities: Sequence[str], counts: Mapping[str, int]
) -> None:
    """Compare what was read with what was published; a split of one's own changes the counts of the parts.

    Args:
        dataset: Whose folder it is.
        data: What was read from it.
        modalities: Names of the feature matrices.
        counts: Numbers of ``users`` and ``items``, and of ``train``, ``valid`` and ``test`` pairs.

    Raises:
        ValueError: If a modality is missing or a count differs.
    """
    missing = [name for name in modalities if name not in data["item"]]
    files = " and ".join(f"{name}_feat.npy" for name in modalities)
    check(not missing, "root", f"a folder with {files}", dataset, list(dataset.feature_files))
    found = {
        "users": data["user"].num_nodes,
        "items": data["item"].num_nodes,
        "train": data[INTERACTS].edge_index.size(1),
        "valid": data[INTERACTS][VALID].size(1),
        "test": data[INTERACTS][TEST].size(1),
    }
    compared = counts if dataset.split is None else {name: counts[name] for name in ("users", "items")}
    differ = {name: found[name] for name, count in compared.items() if found[name] != count}
    remedy = "Read another version of the data with InteractionFolder."
    check(not differ, "root", f"the published data with {compared}", dataset, differ, remedy)
