"""Whether a folder holds the data that its publishers describe."""

from __future__ import annotations

from collections.abc import Mapping

from torch_geometric.data import HeteroData

from pygmmrec.datasets.interaction_folder import InteractionFolder
from pygmmrec.graph.modalities import dims
from pygmmrec.typing import INTERACTS, TEST, VALID
from pygmmrec.utils.check import check


def check_published(
    dataset: InteractionFolder, data: HeteroData, modalities: Mapping[str, int], counts: Mapping[str, int]
) -> None:
    """Compare what was read with what was published; a split of one's own changes the counts of the pairs,
    and positives of one's own change all.

    Args:
        dataset: Whose folder it is.
        data: What was read from it.
        modalities: Names of the feature matrices, and how many columns each has.
        counts: Numbers of ``users`` and ``items``; of ``train``, ``valid`` and ``test`` pairs, or of all
            ``interactions``.

    Raises:
        ValueError: If a modality is missing or a count differs.
    """
    missing = [name for name in modalities if name not in data["item"]]
    files = " and ".join(f"{name}_feat.npy" for name in modalities)
    held = list(dataset.feature_files)
    check(not missing, "root", f"a folder with {files}", dataset, held, dataset.source)
    found = {
        "users": data["user"].num_nodes,
        "items": data["item"].num_nodes,
        "train": data[INTERACTS].edge_index.size(1),
        "valid": data[INTERACTS][VALID].size(1),
        "test": data[INTERACTS][TEST].size(1),
    }
    found["interactions"] = sum(found[part] for part in ("train", "valid", "test"))
    compared = counts if dataset.split is None else {name: counts[name] for name in ("users", "items")}
    compared = compared if dataset.positives is None else {}
    differ = {name: found[name] for name, count in compared.items() if found[name] != count}
    remedy = f"{dataset.source} Another version of the data is read by InteractionFolder."
    check(not differ, "root", f"the published data with {compared}", dataset, differ, remedy)
    sizes = {name: size for name, size in dims(data).items() if name in modalities}
    wide = {name: size for name, size in sizes.items() if size != modalities[name]}
    check(not wide, "root", f"the published features, of sizes {dict(modalities)}", dataset, wide, remedy)
