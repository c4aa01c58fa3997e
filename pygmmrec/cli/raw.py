"""Raw tables, as the command line names them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch_geometric.data import HeteroData

from pygmmrec.data import Columns, Positives
from pygmmrec.datasets import read
from pygmmrec.utils.check import check


def read_raw(
    data: str | None, raw: Mapping[str, Any], encoders: Mapping[str, Any], cache: Path, device: str
) -> HeteroData | None:
    """The graph of raw interactions, see :func:`~pygmmrec.datasets.read`; ``None`` where there are none.

    Args:
        data: The table of interactions.
        raw: ``columns``, ``min_rating`` and ``k_core``, and arguments of :func:`~pygmmrec.datasets.read`.
        encoders: ``text_model`` and ``image_model``.
        cache: Folder of encoded features.
        device: Where encoders run.

    Raises:
        ValueError: If ``columns`` has an unknown key, or something is said of raw data and there is none.
    """
    given = {name: value for name, value in raw.items() if value is not None}
    if data is None:
        remedy = "Name the table of interactions: --data plays.csv"
        check(not given, "data", f"a table where {sorted(given)} are given", "pygmmrec train", None, remedy)
        return None
    columns = given.pop("columns", {})
    unknown = [name for name in columns if name not in Columns._fields]
    check(not unknown, "columns", f"of {list(Columns._fields)}", "pygmmrec train", unknown)
    positives = {name: given.pop(name) for name in ("min_rating", "k_core") if name in given}
    return read(
        data,
        columns=Columns(**columns),
        positives=Positives(**positives) if positives else None,
        cache_dir=cache,
        device=device,
        **given,
        **encoders,
    )
