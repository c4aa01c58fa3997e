"""A feature matrix of one modality, with the ids of its rows."""

from __future__ import annotations

import copy
from dataclasses import asdict
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pygmmrec.data.feature_files.read import read_feature_file
from pygmmrec.data.ids import IdMap, Ids, as_id_map
from pygmmrec.data.ids_file import ids_of_file, read_ids
from pygmmrec.data.sidecar import Sidecar
from pygmmrec.data.values.column import factorize, few
from pygmmrec.data.values.frames import check_same_index, numbers_rows, row_names
from pygmmrec.data.values.ids import as_ids
from pygmmrec.data.values.matrix import as_matrix, tensor_of
from pygmmrec.utils.check import check


class Features:
    """Row features of one modality, and which id each row belongs to: vectors ``[N, F]``, tokens
    ``[N, L, F]`` or maps ``[N, F, H, W]``.

    Half precision (float16, bfloat16) of files and tensors stays so, which takes half the memory, and is cast
    up where anything is computed from it. All else becomes float32. Arrays are copied once; tensors and files
    are not where they can stay as they are.

    Args:
        values: A floating array or tensor of two to four dimensions, or a frame of floating columns. A row
            that is NaN throughout, or masked throughout, says that its item lacks the modality; every other
            value is finite. A sparse matrix of SciPy or torch becomes dense, up to 4 GiB.
        ids: Raw id of each row; without it, the index of a pandas frame where that is more than row numbers;
            else row ``i`` belongs to the item of index ``i``.
        name: What errors call the matrix.

    Raises:
        ValueError: If the matrix has another shape or type, a value is infinite, a row is NaN in part, it is
            sparse and too large to be dense, or the ids repeat, do not match the rows or contradict the index
            of a frame.
    """

    def __init__(self, values: Any, ids: Ids | None = None, name: str = "values") -> None:
        self.name = name
        self.made_by: dict[str, Any] | None = None  # what a sidecar says of a file
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
        self.ids = self._checked(ids)

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

    def with_ids(self, ids: Ids | None, name: str | None = None) -> Features:
        """The same rows, not copied, under other ids.

        Args:
            ids: Raw id of each row; ``None`` for those of the items in their order.
            name: What errors call the matrix. (default: as before)

        Raises:
            ValueError: If the ids repeat or do not match the rows.
        """
        other = copy.copy(self)
        other.name = self.name if name is None else name
        other.ids = other._checked(ids)
        return other

    def by_id(self) -> Features:
        """The rows in the order of their ids, sorted where these can be; copied unless they are in it."""
        if self.ids is None or isinstance(self.ids.ids, range):
            return self
        _, code = factorize(as_ids(self.ids.ids, "ids", self))
        order = torch.from_numpy(np.argsort(code))
        if torch.equal(order, torch.arange(len(order))):
            return self
        other = self.with_ids(self.ids.subset(order))
        other.values = self.values[order]
        return other

    def _checked(self, ids: Ids | None) -> IdMap | None:
        if ids is None:
            return None
        ids, num_rows = as_id_map(ids), self.values.size(0)
        requirement = f"one id for each of the {num_rows} rows of {self.name}"
        check(len(ids) == num_rows, "ids", requirement, self, f"{len(ids)} ids")
        return ids

    def __repr__(self) -> str:
        return f"Features({list(self.values.shape)}, ids={self.ids})"


def read_features(path: str | PathLike[str], ids: Ids | None = None, *, name: str | None = None) -> Features:
    """Features from a file; nothing in it is ever unpickled. The suffix says what it is:

    - ``.npy``: an array. One of 1 GiB or more is mapped into memory: the file has to stay as it is while the
      graph is in use, and is never written to. What :func:`~pygmmrec.encoders.encode` put beside it says
      whose the rows are and where they come from, and is checked.
    - ``.npz``: one array, and ``ids`` of its rows if it has some; or a sparse matrix that SciPy saved.
    - ``.pt``: a tensor, or a dict of one tensor and, if its rows have some, ``ids``.
    - ``.safetensors``: one tensor, and a tensor ``ids`` if its rows have some that are integers.
    - ``.parquet``: one column of lists, or a column of floats for each dimension, and a column of ids.

    Args:
        path: The file.
        ids: Raw id of each row, see :class:`Features`, for a file that holds none.
        name: What errors call the matrix (default: the path).

    Raises:
        ValueError: If the file is missing, damaged in any way, of another kind or holds Python objects, if
            ids are given for one that holds some, or if its matrix is not valid.
    """
    name = name or fspath(path)
    values, own = read_feature_file(path, name)
    sidecar = None
    if Path(path).suffix == ".npy":
        sidecar, own = Sidecar.of(path), read_ids(path) if ids is None else None
    values = tensor_of(values) if isinstance(values, np.ndarray) else values
    remedy = "Give the file alone, which says the ids of its rows."
    check(
        own is None or ids is None, "ids", "left out for a file that holds some", "read_features", ids, remedy
    )
    features = Features(values, ids if own is None else ids_of_file(own, path), name)
    if sidecar is not None:
        sidecar.check(path)
        if features.ids is not None:
            sidecar.check_ids(features.ids.ids)
        features.made_by = asdict(sidecar)
    return features


def as_features(source: Any, name: str) -> Features:
    """Features from :class:`Features`, a matrix, a frame, a path, or a pair of one of these with ids."""
    if isinstance(source, Features):
        own = source.name if source.name != "values" else None
        return source.with_ids(source.ids, name if own is None else f"{name} ({own})")
    if isinstance(source, (str, PathLike)):
        return read_features(source, name=f"{name} ({fspath(source)})")
    if isinstance(source, tuple):
        check(len(source) == 2, name, "a matrix or (matrix, ids)", "Features", f"a tuple of {len(source)}")
        values, ids = source
        shapes = [getattr(part, "ndim", 1) for part in source]
        remedy = "The matrix comes first, then the ids of its rows."
        swapped = (shapes[0] == 1 and shapes[1] >= 2) or isinstance(ids, (str, PathLike, Features))
        check(not swapped, name, "(matrix, ids)", "Features", "(ids, matrix)", remedy)
        if isinstance(values, (str, PathLike)):
            return read_features(values, ids, name=f"{name} ({fspath(values)})")
        return values.with_ids(ids, name) if isinstance(values, Features) else Features(values, ids, name)
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
