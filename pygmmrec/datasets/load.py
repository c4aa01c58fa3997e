"""Data sets by name, as the examples and benchmarks take them on the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from torch_geometric.data import InMemoryDataset

from pygmmrec.datasets.interaction_folder import InteractionFolder
from pygmmrec.datasets.synthetic import SyntheticMultimodal
from pygmmrec.datasets.tiktok import TikTok
from pygmmrec.utils.check import check

NAMES = ("synthetic", "tiktok", "folder")


def load_dataset(name: str, root: str | Path | None = None, **options: Any) -> InMemoryDataset:
    """Open a data set by name.

    Args:
        name: ``synthetic`` (made on the spot), ``tiktok``, or ``folder`` for any
            :class:`~pygmmrec.datasets.InteractionFolder`.
        root: The folder of ``tiktok`` or ``folder``; for ``tiktok`` it defaults to the folder of that name in
            ``$PYGMMREC_DATA``.
        options: Further arguments of the data set's class, such as ``pre_transform``.

    Raises:
        ValueError: If the name is unknown, or a root is missing or superfluous.
    """
    check(name in NAMES, "name", f"one of {NAMES}", "load_dataset", name)
    if name == "synthetic":
        check(root is None, "root", "left out for 'synthetic'", "load_dataset", root)
        return SyntheticMultimodal(**options)
    if root is None and name == "tiktok" and "PYGMMREC_DATA" in os.environ:
        root = Path(os.environ["PYGMMREC_DATA"]) / "tiktok"
    check(
        root is not None,
        "root",
        f"given for {name!r}",
        "load_dataset",
        root,
        "Name its folder: root='path/to/it', or --root on the command line.",
    )
    return (TikTok if name == "tiktok" else InteractionFolder)(str(root), **options)
