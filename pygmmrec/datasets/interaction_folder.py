"""A folder of the layout that the field publishes: ``<name>.inter`` and ``<modality>_feat.npy``."""

from collections.abc import Callable
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from torch_geometric.data import HeteroData, InMemoryDataset

from pygmmrec.data import Columns, build_hetero_data
from pygmmrec.data.build import Missing
from pygmmrec.data.named_splits import SplitName, as_split
from pygmmrec.data.split import Split
from pygmmrec.datasets.cache import cached, digest
from pygmmrec.utils.check import check

SUFFIX = "_feat.npy"


class InteractionFolder(InMemoryDataset):
    """One interaction table and any number of feature matrices in one folder, which stays as it is.

    Row ``i`` of ``<modality>_feat.npy`` belongs to the item with the integer id ``i``. Without
    matrices the items are those of the table.

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

    Raises:
        ValueError: If the folder or a file in it is missing or not valid.
    """

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
    ) -> None:
        super().__init__(fspath(root), transform, pre_transform, force_reload=force_reload)
        self.split, self.columns, self.missing = as_split(split, self), columns or Columns(), missing
        self.table = self._find_table(name)
        self.feature_files = {
            path.name.removesuffix(SUFFIX): path for path in sorted(Path(self.root).glob(f"*{SUFFIX}"))
        }
        files = [self.table, *self.feature_files.values()]
        odd = [path.name for path in files if not path.is_file()]
        remedy = "Remove what is a folder, a pipe, or a link to nothing."
        check(not odd, "root", "a folder of plain files", self, f"{odd} in {self.root!r}", remedy)
        key = None
        if cache_dir is not None:
            key = digest(type(self).__qualname__, (self.split, self.columns, missing, pre_transform), files)
        self.data = cached(self._build, cache_dir, self.table.stem, key, force_reload)
        self.slices = None

    def verify(self, data: HeteroData) -> None:
        """Check what was read, before ``pre_transform``; a published set compares its counts here."""

    def _build(self) -> HeteroData:
        data = build_hetero_data(
            self.table, self.feature_files, split=self.split, columns=self.columns, missing=self.missing
        )
        self.verify(data)
        return data if self.pre_transform is None else self.pre_transform(data)

    def _find_table(self, name: str | None) -> Path:
        root = Path(self.root)
        remedy = f"Give the folder that holds it, {str(root.parent)!r}." if root.is_file() else ""
        check(root.is_dir(), "root", "an existing folder", self, self.root, remedy)
        tables = sorted(root.glob("*.inter"))
        held = [path.name for path in tables]
        if name is not None:
            table = root / f"{name}.inter"
            check(table in tables, "name", f"the name of a table in {self.root!r}: {held}", self, name)
            return table
        remedy = (
            "Choose one by its name, as in name='baby'."
            if held
            else "It holds <name>.inter and <modality>_feat.npy."
        )
        check(len(held) == 1, "root", "a folder with one .inter file", self, held, remedy)
        return tables[0]

    def __repr__(self) -> str:
        modalities = list(self.feature_files)
        return (
            f"{type(self).__name__}({self.table.stem!r}, modalities={modalities}, split={self.split}, "
            f"missing={self.missing!r})"
        )
