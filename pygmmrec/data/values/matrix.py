"""What features may be: any source -> a checked tensor, in half or single precision."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.masked import is_masked_tensor

from pygmmrec.data.values.column import few, flat
from pygmmrec.data.values.dense import densify
from pygmmrec.data.values.finite import torn
from pygmmrec.data.values.floating import check_floating
from pygmmrec.data.values.frames import as_frame, frame_names
from pygmmrec.data.values.pairs import is_sparse
from pygmmrec.graph.places import has_layout
from pygmmrec.graph.precision import STORED
from pygmmrec.utils.check import check


def as_matrix(values: Any, name: str, where: object) -> Tensor:
    """A matrix ``[N, F]``, tokens ``[N, L, F]`` or maps ``[N, F, H, W]`` on the CPU, without history; masked
    values are NaN. Tensors of float16 and bfloat16 stay what they are, all else becomes float32.

    An array is copied once, so that nobody changes it by the graph; a tensor that need not change is not.

    Args:
        values: An array, a tensor, a frame of floating columns, or a sparse matrix, which becomes dense.
        name: What errors call the matrix.
        where: The object or function that asks, for errors.

    Raises:
        ValueError: If it is of another shape or type, sparse and too large to be dense, or a row is neither
            finite nor NaN throughout.
    """
    values = densify(values, name, where) if is_sparse(values) else values
    of_torch = isinstance(values, Tensor)
    matrix = _from_tensor(values, name, where) if of_torch else _from_numpy(values, name, where)
    shape = list(matrix.shape)
    wanted = "a matrix [N, F], or tokens [N, L, F] or maps [N, F, H, W], that is not empty"
    check(has_layout(matrix) and 0 not in shape, name, wanted, where, shape)
    dtype = matrix.dtype if matrix.dtype in STORED else torch.float32
    matrix = matrix.to(dtype).contiguous()
    wrong = torn(matrix).tolist()
    remedy = "Replace those values; a row of an item that lacks the modality is NaN throughout."
    value = f"NaN or infinity in {len(wrong)} rows, {few(wrong)}"
    check(not wrong, name, f"finite in {str(dtype).removeprefix('torch.')}", where, value, remedy)
    return matrix


def _from_tensor(values: Tensor, name: str, where: object) -> Tensor:
    if is_masked_tensor(values):
        values = values.to_tensor(torch.nan)
    check_floating(values.dtype, name, where)
    check(not values.is_meta, name, "a tensor with values", where, "a tensor on the device 'meta'")
    return values.detach().cpu()


def _from_numpy(values: Any, name: str, where: object) -> Tensor:
    array = _array(values, name, where)
    check_floating(array.dtype, name, where)
    with np.errstate(over="ignore"):  # what float32 cannot hold is an error with its row, later
        matrix = torch.from_numpy(np.array(np.ma.getdata(array), dtype=np.float32, order="C"))
    mask = np.ma.getmask(array)
    if mask is not np.ma.nomask:
        matrix[torch.from_numpy(mask)] = torch.nan
    return matrix


def tensor_of(array: np.ndarray) -> Tensor:
    """An array of floats, of any byte order and shape, as a tensor: float16 where it is that, else float32.

    Where it can stay as it is, it is not copied.
    """
    dtype = np.float16 if array.dtype.itemsize == 2 else np.float32  # of this machine's byte order
    with np.errstate(over="ignore"):
        return torch.from_numpy(np.require(array, dtype, ["C", "A", "W"]))


def _array(values: Any, name: str, where: object) -> np.ndarray:
    """An array, masked where the source is; of a frame each column is checked by itself."""
    values = as_frame(values, where)
    if isinstance(values, np.ndarray):
        return values
    names = frame_names(values)
    if names is not None:
        return _from_frame(values, names, name, where)
    with suppress(ValueError):
        return np.asarray(values)
    check(False, name, "a matrix [N, F]", where, f"a {type(values).__name__} of rows of different lengths")
    raise AssertionError


def _from_frame(frame: Any, names: list[Any], name: str, where: object) -> np.ndarray:
    check(len(set(names)) == len(names), name, "a frame of columns of different names", where, few(names))
    columns = []
    for column in names:
        arg = f"{name}[{column!r}]"
        columns.append(flat(frame[column], arg, where))
        remedy = "Convert it to floats, or give ids apart: as the index of a pandas frame, or (frame, ids)."
        check_floating(columns[-1].dtype, arg, where, remedy)
    return np.stack(columns, axis=1) if columns else np.empty((0, 0), dtype=np.float32)
