"""Data sets by name, as the examples and benchmarks take them on the command line."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from torch_geometric.data import InMemoryDataset

from pygmmrec.datasets.amazon import STATISTICS, Amazon
from pygmmrec.datasets.interaction_folder import InteractionFolder
from pygmmrec.datasets.lastfm_2k import LastFM2K
from pygmmrec.datasets.movielens import VERSIONS, MovieLens
from pygmmrec.datasets.synthetic import SyntheticMultimodal
from pygmmrec.datasets.tiktok import TikTok
from pygmmrec.utils.check import check

PUBLISHED: dict[str, Callable[..., InMemoryDataset]] = {
    "tiktok": TikTok,
    "lfm2k": LastFM2K,
    **{name: partial(Amazon, name=name) for name in STATISTICS},
    **{name: partial(MovieLens, name=name) for name in VERSIONS},
}
NAMES = ("synthetic", *PUBLISHED, "folder")


def load_dataset(name: str, root: str | Path | None = None, **options: Any) -> InMemoryDataset:
    """Open a data set by name.

    Args:
        name: ``synthetic`` (made on the spot), ``tiktok``, ``lfm2k``, ``baby``, ``sports``, ``clothing`` or
            ``electronics`` of :class:`~pygmmrec.datasets.Amazon`, ``ml-100k`` or ``ml-1m`` of
            :class:`~pygmmrec.datasets.MovieLens`, or ``folder`` for any
            :class:`~pygmmrec.datasets.InteractionFolder`.
        root: The folder of the data set, where it has one. That of a published set defaults to the folder of
            its name in ``$PYGMMREC_DATA``.
        options: Further arguments of the data set's class, such as ``pre_transform``.

    Raises:
        ValueError: If the name is unknown, or a root is missing or superfluous.
    """
    check(name in NAMES, "name", f"one of {NAMES}", "load_dataset", name)
    if name == "synthetic":
        check(root is None, "root", "left out for 'synthetic'", "load_dataset", root)
        return SyntheticMultimodal(**options)
    if root is None and name in PUBLISHED and "PYGMMREC_DATA" in os.environ:
        root = Path(os.environ["PYGMMREC_DATA"]) / name
    check(
        root is not None,
        "root",
        f"given for {name!r}",
        "load_dataset",
        root,
        "Name its folder: root='path/to/it', or --root on the command line.",
    )
    return PUBLISHED.get(name, InteractionFolder)(str(root), **options)
