"""A feature matrix of one modality, with the ids of its rows."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pygmmrec.data.ids import IdMap, Ids, as_id_map
from pygmmrec.data.values.column import few
from pygmmrec.data.values.frames import check_same_index, numbers_rows, row_names
from pygmmrec.data.values.matrix import as_matrix
from pygmmrec.data.values.npy_file import read_npy
from pygmmrec.utils.check import check


class Features:
    """Row features of one modality, float32, and which id each row belongs to: vectors ``[N, F]``, tokens
    ``[N, L, F]`` or maps ``[N, F, H, W]``.

    Args:
        values: A floating array or tensor of two to four dimensions, or a frame of floating columns. Half
            precision is cast up before anything is computed from it. A row that is NaN throughout, or masked
            throughout, says that its item lacks the modality; every other value is finite. Sparse matrices
            are refused.
        ids: Raw id of each row; without it, the index of a pandas frame where that is more than row numbers;
            else row ``i`` belongs to the item of index ``i``.
        name: What errors call the matrix.

    Raises:
        ValueError: If the matrix has another shape or type, a value is infinite, a row is NaN in part,
            the ids repeat, do not match the rows or contradict the index of a frame.
    """

    def __init__(self, values: Any, ids: Ids | None = None, name: str = "values") -> None:
        self.name = name
        self.values = as_matrix(values, name, self)  # [N, F], [N, L, F] or [N, F, H, W]
        index = row_names(values)
        if ids is not None:
            _check_ids_of_frame(values, index, ids, name, self)
        elif index is not None and numbers_rows(
            index
        ):  # a frame of numbered rows that was sorted or shuffled
            self.values = self.values[np.argsort(index)]
        else:
            ids = index
        self.ids = None if ids is None else as_id_map(ids)
        num_rows, num_ids = self.values.size(0), None if self.ids is None else len(self.ids)
        requirement = f"one id for each of the {num_rows} rows of {name}"
        check(num_ids in (None, num_rows), "ids", requirement, self, f"{num_ids} ids")

    def align(self, item_ids: IdMap) -> Tensor:
        """The rows in the order of ``item_ids``, NaN where an item has none: ``[I, ...]``.

        Raises:
            ValueError: If a row has no item, or (without ids) the counts differ.
        """
        values, rows = self.values, self.values.size(0)
        if self.ids is None:
            requirement = f"a matrix of one row for each of the {len(item_ids)} items"
            remedy = "Give (matrix, ids) to align the rows by id."
            check(rows == len(item_ids), self.name, requirement, "Features.align", f"{rows} rows", remedy)
            return values
        if self.ids == item_ids:
            return values
        items = set(item_ids.ids)
        unknown = [raw for raw in self.ids.ids if raw not in items]
        remedy = "Remove these rows, or name the items in 'item_ids'."
        requirement = "a matrix of rows of known items"
        check(not unknown, self.name, requirement, "Features.align", few(unknown), remedy)
        aligned = values.new_full((len(item_ids), *values.shape[1:]), torch.nan)
        aligned[item_ids.index(self.ids.ids)] = values
        return aligned  # [I, ...]

    def __repr__(self) -> str:
        return f"Features({list(self.values.shape)}, ids={self.ids})"


def read_features(path: str | PathLike[str], ids: Ids | None = None, *, name: str | None = None) -> Features:
    """Features from a ``.npy`` file; nothing in it is ever unpickled.

    Args:
        path: A file that ``numpy.save`` wrote.
        ids: Raw id of each row, see :class:`Features`.
        name: What errors call the matrix (default: the path).

    Raises:
        ValueError: If the file is missing, damaged in any way, no ``.npy`` file or holds Python objects, or
            its matrix is not valid.
    """
    name = name or fspath(path)
    return Features(read_npy(path, name), ids, name)


def as_features(source: Any, name: str) -> Features:
    """Features from :class:`Features`, a matrix, a frame, a path, or a pair of one of these with ids."""
    if isinstance(source, Features):
        return Features(source.values, source.ids, name)
    if isinstance(source, (str, PathLike)):
        return read_features(source, name=f"{name} ({fspath(source)})")
    if isinstance(source, tuple):
        check(len(source) == 2, name, "a matrix or (matrix, ids)", "Features", f"a tuple of {len(source)}")
        values, ids = source
        shapes = [getattr(part, "ndim", 1) for part in source]
        remedy = "The matrix comes first, then the ids of its rows."
        swapped = (shapes[0] == 1 and shapes[1] >= 2) or isinstance(ids, (str, PathLike, Features))
        check(not swapped, name, "(matrix, ids)", "Features", "(ids, matrix)", remedy)
        if isinstance(values, (str, PathLike, Features)):
            features = as_features(values, name)
            values, name = features.values, features.name
        return Features(values, ids, name)
    return Features(source, None, name)


def _check_ids_of_frame(values: Any, index: Any, ids: Ids, name: str, where: object) -> None:
    """Ids that are given beside a frame must not say the contrary of its index."""
    check_same_index({name: values, "ids": ids}, where)
    if index is None:
        return
    given = as_id_map(ids).ids
    fine = list(index) == list(given) or set(index) != set(given)
    remedy = "Give the frame alone, whose index says the ids."
    check(fine, "ids", f"in the order of the index of {name}", where, few(given), remedy)
