"""A feature matrix of one modality, with the ids of its rows."""

from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from pygmmrec.data.column import few
from pygmmrec.data.ids import IdMap, Ids, as_id_map
from pygmmrec.utils.check import check


class Features:
    """Row features of one modality, float32 ``[N, F]``, and which id each row belongs to.

    Args:
        values: A two-dimensional floating array or tensor. Half precision is cast up before
            anything is computed from it. A row that is NaN throughout says that its item lacks the
            modality; every other value is finite.
        ids: Raw id of each row; without it, row ``i`` belongs to the item of index ``i``.
        name: What errors call the matrix.

    Raises:
        ValueError: If the matrix has another shape or type, a value is infinite, a row is NaN in part,
            or the ids repeat or do not match the rows.
    """

    def __init__(self, values: Tensor | np.ndarray, ids: Ids | None = None, name: str = "values") -> None:
        self.name = name
        self.values = _matrix(values, name, self)  # [N, F]
        self.ids = None if ids is None else as_id_map(ids)
        num_rows, num_ids = self.values.size(0), None if self.ids is None else len(self.ids)
        requirement = f"one id for each of the {num_rows} rows of {name}"
        check(num_ids in (None, num_rows), "ids", requirement, self, f"{num_ids} ids")

    def align(self, item_ids: IdMap) -> Tensor:
        """The rows in the order of ``item_ids``, NaN where an item has none: ``[I, F]``.

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
        aligned = values.new_full((len(item_ids), values.size(1)), torch.nan)
        aligned[item_ids.index(self.ids.ids)] = values
        return aligned  # [I, F]

    def __repr__(self) -> str:
        return f"Features({list(self.values.shape)}, ids={self.ids})"


def read_features(path: str | PathLike[str], ids: Ids | None = None, *, name: str | None = None) -> Features:
    """Features from a ``.npy`` file; nothing in it is ever unpickled.

    Args:
        path: A file that ``numpy.save`` wrote.
        ids: Raw id of each row, see :class:`Features`.
        name: What errors call the matrix (default: the path).

    Raises:
        ValueError: If the file is missing, truncated, no ``.npy`` file or holds Python objects, or
            its matrix is not valid.
    """
    where = fspath(path)
    check(Path(path).is_file(), "path", "an existing .npy file", "read_features", where)
    try:
        with open(path, "rb") as file:
            matrix = np.lib.format.read_array(file, allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        pickled = "allow_pickle" in str(error)
        requirement = "a .npy file of numbers, not of pickled objects" if pickled else "a complete .npy file"
        remedy = "Save it again with numpy.save(path, matrix.astype('float32'))."
        raise ValueError(
            f"'path' needs to be {requirement} in 'read_features' (got {where!r}: {error}). {remedy}"
        ) from error
    return Features(matrix, ids, name or where)


def as_features(source: Any, name: str) -> Features:
    """Features from :class:`Features`, a matrix, a path, or a pair of one of these with ids."""
    if isinstance(source, Features):
        return Features(source.values, source.ids, name)
    if isinstance(source, (str, PathLike)):
        return read_features(source, name=f"{name} ({fspath(source)})")
    if isinstance(source, tuple):
        check(len(source) == 2, name, "a matrix or (matrix, ids)", "Features", f"a tuple of {len(source)}")
        features = as_features(source[0], name)
        return Features(features.values, source[1], features.name)
    return Features(source, None, name)


def _matrix(values: Any, name: str, where: object) -> Tensor:
    """A checked float32 matrix on the CPU, without history."""
    matrix = values.detach().cpu() if isinstance(values, Tensor) else _from_numpy(values, name, where)
    _check_floating(matrix.is_floating_point(), matrix.dtype, name, where)
    shape = list(matrix.shape)
    check(matrix.dim() == 2 and 0 not in shape, name, "a matrix [N, F] that is not empty", where, shape)
    matrix = matrix.to(torch.float32).contiguous()
    known = ~matrix.isnan().all(dim=1)
    wrong = (known & ~torch.isfinite(matrix).all(dim=1)).nonzero().view(-1).tolist()
    remedy = "Replace those values; a row of an item that lacks the modality is NaN throughout."
    value = f"NaN or infinity in {len(wrong)} rows, {few(wrong)}"
    check(not wrong, name, "finite in float32", where, value, remedy)
    return matrix


def _from_numpy(values: Any, name: str, where: object) -> Tensor:
    array = np.asarray(values)
    _check_floating(array.dtype.kind == "f", array.dtype, name, where)
    with np.errstate(over="ignore"):  # what float32 cannot hold is an error with its row, later
        return torch.from_numpy(np.array(array, dtype=np.float32, order="C"))


def _check_floating(fine: bool, dtype: object, name: str, where: object) -> None:
    remedy = "Convert it with .astype('float32')."
    check(fine, name, "a floating-point matrix", where, str(dtype), remedy)
