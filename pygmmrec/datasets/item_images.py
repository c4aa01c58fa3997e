"""Finds the image of each item: a file of its id in a folder, or a path in a table."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path

from pygmmrec.data import IdMap, NodeInfo
from pygmmrec.data.values.column import few
from pygmmrec.utils.check import check


def item_images(
    images: str | PathLike[str], ids: IdMap, info: NodeInfo | None, folder: Path
) -> list[Path | None]:
    """The path of each item's image, in the order of the items; None where it has none.

    Args:
        images: A folder of files that are called by ids, or a column of ``info``.
        ids: The items.
        info: What is known of them.
        folder: Where relative paths of a column start.

    Raises:
        ValueError: If it is neither, no item has an image, or one has several.
    """
    if Path(images).is_dir():
        return _named_by_id(Path(images), ids)
    column = fspath(images)
    known = info is not None and column in info
    held = [] if info is None else info.columns
    requirement = f"a folder, or one of the columns of 'items', {few(held, 20)}"
    check(known, "images", requirement, "read", column)
    assert info is not None
    return [folder / str(path) if path else None for path in info[column]]


def _named_by_id(folder: Path, ids: IdMap) -> list[Path | None]:
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name[:1] != ".":
            other = files.setdefault(path.stem, path)
            remedy = "Remove one of them."
            one = other is path
            check(one, "images", "a folder with one file of each id", "read", f"{other}, {path}", remedy)
    found = [files.get(str(raw)) for raw in ids.ids]
    some = any(path is not None for path in found)
    requirement = f"a folder of files that are called by the items' ids, as {str(ids.ids[0])!r}.jpg"
    check(some, "images", requirement, "read", few(path.name for path in files.values()))
    return found
