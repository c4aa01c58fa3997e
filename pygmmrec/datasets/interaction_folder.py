"""A folder of the layout that the field publishes: ``<name>.inter`` and ``<modality>_feat.npy``."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path
from typing import Any, ClassVar

from torch_geometric.data import HeteroData, InMemoryDataset

from pygmmrec.data import Columns, Features, Positives, build_hetero_data, read_features
from pygmmrec.data.feature_files.read import READERS
from pygmmrec.data.ids_file import ids_path
from pygmmrec.data.modality_name import check_modality_name
from pygmmrec.data.node_features import Missing
from pygmmrec.data.sidecar import Sidecar
from pygmmrec.data.splits.named_splits import SplitName, as_split
from pygmmrec.data.splits.split import Split
from pygmmrec.datasets.cache import cached, digest
from pygmmrec.datasets.id_mapping import FILES, read_id_mapping
from pygmmrec.utils.check import check

FEATURES = "_feat"
"""What the name of a modality is followed by, before the suffix of its file."""


class InteractionFolder(InMemoryDataset):
    """One interaction table and any number of feature matrices in one folder, which stays as it is.

    Features are in ``<modality>_feat.npy``, or ``.pt``, ``.npz``, ``.safetensors`` or ``.parquet``, see
    :func:`~pygmmrec.data.read_features`. Row ``i`` belongs to the item with the integer id ``i``, unless the
    file says the ids of its rows. Without features the items are those of the table.

    Where ``i_id_mapping.csv`` or ``u_id_mapping.csv`` lies beside the table, as in the field's Amazon folders
    (columns ``asin`` and ``itemID``, ``user_id`` and ``userID``), the raw ids of the graph are the original
    ids; rows of features may be known by them too.

    Args:
        root: The folder; nothing is written into it.
        name: Which ``<name>.inter`` to read (default: the only one).
        split: A split or the name of one, see :func:`~pygmmrec.data.build_hetero_data` (default: the labels
            of the table, if there are any, else 8:1:1 per user).
        cache_dir: Where to keep the data as built, transformed by ``pre_transform`` (default:
            nowhere). The file is named by all that the content depends on, the content of the raw files
            included, so that settings never share one; a ``split`` or ``pre_transform`` that does not tell
            what it does, such as a function, is not cached. A damaged file is built anew.
        transform: Applied on each access.
        pre_transform: Applied once.
        force_reload: Build anew, whatever the cache holds.
        columns: Names of the table's columns.
        missing: What to do where an item lacks a modality, a row of NaN: ``error`` or ``mask``, see
            :func:`~pygmmrec.data.build_hetero_data`. (default: ``error``)
        positives: Which rows count, see :class:`~pygmmrec.data.Positives`. (default: all but those rated
            zero)

    Raises:
        ValueError: If the folder or a file in it is missing or not valid.
    """

    source: ClassVar[str] = "It holds <name>.inter and <modality>_feat.npy."
    """What belongs into the folder and where to get it, in one sentence for errors."""

    def __init__(
        self,
        root: str | PathLike[str],
        *,
        name: str | None = None,
        split: Split | SplitName | None = None,
        cache_dir: str | PathLike[str] | None = None,
        transform: Callable[..., Any] | None = None,
        pre_transform: Callable[..., Any] | None = None,
        force_reload: bool = False,
        columns: Columns | None = None,
        missing: Missing = "error",
        positives: Positives | None = None,
    ) -> None:
        super().__init__(fspath(root), transform, pre_transform, force_reload=force_reload)
        self.split, self.columns, self.missing = as_split(split, self), columns or Columns(), missing
        self.positives = positives
        self.table = self._find_table(name)
        self.feature_files = self._find_features()
        named = {kind: Path(self.root) / file for kind, (file, _) in FILES.items()}
        self.id_files = {kind: path for kind, path in named.items() if path.exists() or path.is_symlink()}
        files = [self.table, *self.feature_files.values(), *self.id_files.values()]
        odd = [path.name for path in files if not path.is_file()]
        remedy = "Remove what is a folder, a pipe, or a link to nothing."
        check(not odd, "root", "a folder of plain files", self, f"{odd} in {self.root!r}", remedy)
        key = None
        if cache_dir is not None:
            beside = [each(path) for path in self.feature_files.values() for each in (Sidecar.path, ids_path)]
            files += [path for path in beside if path.is_file()]
            settings = (self.split, self.columns, missing, positives, pre_transform)
            key = digest(type(self).__qualname__, settings, files)
        self.data = cached(self._build, cache_dir, self.table.stem, key, force_reload)
        self.slices = None

    def verify(self, data: HeteroData) -> None:
        """Check what was read, before ``pre_transform``; a published set compares its counts here."""

    def _build(self) -> HeteroData:
        mappings = {kind: read_id_mapping(path, FILES[kind][1]) for kind, path in self.id_files.items()}
        features = {name: read_features(path) for name, path in self.feature_files.items()}
        if "item" in mappings:
            features = {name: mappings["item"].numbered(matrix) for name, matrix in features.items()}
        if any(matrix.ids is not None for matrix in features.values()):
            features = {name: _numbered(matrix).by_id() for name, matrix in features.items()}
        data = build_hetero_data(
            self.table,
            features,
            split=self.split,
            columns=self.columns,
            missing=self.missing,
            positives=self.positives,
        )
        self.verify(data)
        for kind, mapping in mappings.items():
            data[kind].raw_id = mapping.original_of(data[kind].raw_id)
        return data if self.pre_transform is None else self.pre_transform(data)

    def _find_table(self, name: str | None) -> Path:
        root = Path(self.root)
        remedy = f"Give the folder that holds it, {str(root.parent)!r}." if root.is_file() else self.source
        check(root.is_dir(), "root", "an existing folder", self, self.root, remedy)
        tables = sorted(root.glob("*.inter"))
        held = [path.name for path in tables]
        if name is not None:
            table = root / f"{name}.inter"
            requirement = f"the name of a table in {self.root!r}: {held}"
            check(table in tables, "name", requirement, self, name, self.source)
            return table
        remedy = "Choose one by its name, as in name='baby'." if held else self.source
        check(len(held) == 1, "root", "a folder with one .inter file", self, held, remedy)
        return tables[0]

    def _find_features(self) -> dict[str, Path]:
        """Modality -> its file, in the order of their names."""
        root = Path(self.root)
        files = sorted(path for suffix in READERS for path in root.glob(f"*{FEATURES}{suffix}"))
        names = [path.stem.removesuffix(FEATURES) for path in files]
        for name in names:
            check_modality_name(name)
        twice = [path.name for path, name in zip(files, names, strict=True) if names.count(name) > 1]
        remedy = "Remove all but one of them."
        check(not twice, "root", "a folder with one file for each modality", self, twice, remedy)
        return dict(zip(names, files, strict=True))

    def __repr__(self) -> str:
        modalities = list(self.feature_files)
        return (
            f"{type(self).__name__}({self.table.stem!r}, modalities={modalities}, split={self.split}, "
            f"missing={self.missing!r}, positives={self.positives})"
        )


def _numbered(features: Features) -> Features:
    """Rows under their numbers where they have no ids, beside others that have."""
    return features if features.ids is not None else features.with_ids(range(len(features.values)))
