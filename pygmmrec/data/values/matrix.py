"""What features may be: any dense source -> a checked float32 tensor."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import torch
from scipy.sparse import issparse
from torch import Tensor
from torch.masked import is_masked_tensor

from pygmmrec.data.values.column import few, flat
from pygmmrec.data.values.frames import as_frame, frame_names
from pygmmrec.graph.places import has_layout
from pygmmrec.utils.check import check


def as_matrix(values: Any, name: str, where: object) -> Tensor:
    """A float32 matrix ``[N, F]``, tokens ``[N, L, F]`` or maps ``[N, F, H, W]`` on the CPU, without history;
    masked values are NaN.

    Args:
        values: An array, a tensor, or a frame of floating columns.
        name: What errors call the matrix.
        where: The object or function that asks, for errors.

    Raises:
        ValueError: If it is sparse, of another shape or type, or a row is neither finite nor NaN throughout.
    """
    sparse = issparse(values) or (isinstance(values, Tensor) and values.layout != torch.strided)
    remedy = "Make it dense with .toarray() or .to_dense()."
    check(not sparse, name, "a dense matrix", where, f"a sparse {type(values).__name__}", remedy)
    matrix = (
        _from_tensor(values, name, where) if isinstance(values, Tensor) else _from_numpy(values, name, where)
    )
    shape = list(matrix.shape)
    wanted = "a matrix [N, F], or tokens [N, L, F] or maps [N, F, H, W], that is not empty"
    check(has_layout(matrix) and 0 not in shape, name, wanted, where, shape)
    matrix = matrix.to(torch.float32).contiguous()
    known = ~matrix.isnan().flatten(1).all(dim=1)
    wrong = (known & ~torch.isfinite(matrix).flatten(1).all(dim=1)).nonzero().view(-1).tolist()
    remedy = "Replace those values; a row of an item that lacks the modality is NaN throughout."
    value = f"NaN or infinity in {len(wrong)} rows, {few(wrong)}"
    check(not wrong, name, "finite in float32", where, value, remedy)
    return matrix


def check_floating(
    dtype: Any, name: str, where: object, remedy: str = "Convert it with .astype('float32')."
) -> None:
    """Raise unless a dtype of NumPy or torch is floating; whole numbers may be ids or counts."""
    fine = dtype.is_floating_point if isinstance(dtype, torch.dtype) else dtype.kind == "f"
    check(fine, name, "a floating-point matrix", where, str(dtype), remedy)


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
        matrix = np.array(np.ma.getdata(array), dtype=np.float32, order="C")
    matrix[np.ma.getmaskarray(array)] = np.nan
    return torch.from_numpy(matrix)


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
