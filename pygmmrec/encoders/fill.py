"""Batches of raw values, one after the other, to the rows of a matrix."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm.auto import tqdm

from pygmmrec.data.ids import IdMap
from pygmmrec.data.values.column import few
from pygmmrec.data.values.floating import check_floating
from pygmmrec.encoders.device import same_bits
from pygmmrec.encoders.encoder import Encoder
from pygmmrec.encoders.items import Items
from pygmmrec.encoders.rows import Rows
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)

LISTED = 20
"""Ids of missing rows that are listed."""

BLOCK = 1 << 14
"""Rows that are looked at or copied at once."""


def fill(
    store: Rows, encoder: Encoder, items: Items, ids: Sequence[Hashable], *, batch_size: int, progress: bool
) -> np.ndarray:
    """The rows of all items, [N, ...]; where ``store`` has some, the others.

    Args:
        store: What is filled.
        encoder: A loaded encoder.
        items: Raw values; each distinct one is encoded once.
        ids: The ids of the items, for errors.
        batch_size: Values that are encoded at once.
        progress: Whether to show a bar on a terminal.

    Raises:
        ValueError: If the rows of a batch are no floats, of another number or shape, or infinite or NaN in
            part; or if nothing can be encoded.
    """
    todo = items.distinct()
    begun = min(store.done * batch_size, len(todo))
    silent = None if progress else True  # None: unless this is a terminal
    bar = tqdm(total=len(todo), initial=begun, desc=encoder.kind, unit="item", disable=silent)
    with bar, same_bits():
        for rows, prepared in _ahead(encoder, items, todo[begun:], batch_size):
            found = _checked(encoder.embed(prepared), [ids[row] for row in rows], encoder)
            if found is not None:
                shape = found.shape[1:]
                matrix = store.create((len(items), *shape)) if store.matrix is None else store.matrix
                requirement = f"a model of rows of one shape, {list(matrix.shape[1:])}"
                check(matrix.shape[1:] == shape, "model", requirement, encoder, list(shape))
                matrix[rows] = found
            store.note()
            bar.update(len(rows))
    some = store.matrix is not None
    check(some, "raw", "values of which one can be encoded", encoder, f"{len(items)} that cannot")
    assert store.matrix is not None
    _copy_equal(store.matrix, items.first)
    return store.matrix


def missing_rows(matrix: np.ndarray) -> np.ndarray:
    """Which rows are NaN, [n] int64; a row is NaN throughout or nowhere."""
    blocks = (matrix[start : start + BLOCK] for start in range(0, len(matrix), BLOCK))
    return np.flatnonzero(np.concatenate([np.isnan(block.reshape(len(block), -1)[:, 0]) for block in blocks]))


def tell_missing(name: str, missing: np.ndarray, ids: IdMap) -> list[Hashable]:
    """A line of the log, and the ids of the first rows that are missing."""
    listed = few((ids.ids[row] for row in missing), LISTED)
    if listed:
        told = "%s: %d of %d items have no features but a row of NaN: %s"
        logger.warning(told, name, len(missing), len(ids), listed)
    return list(listed)


def _ahead(
    encoder: Encoder, items: Items, todo: np.ndarray, batch_size: int
) -> Iterator[tuple[np.ndarray, Any]]:
    """Each batch, prepared while the one before it is encoded."""
    batches = [todo[start : start + batch_size] for start in range(0, len(todo), batch_size)]
    with ThreadPoolExecutor(1) as pool:
        futures = (pool.submit(_prepare, encoder, items, rows) for rows in batches)
        coming = list(islice(futures, 1))
        for rows in batches:
            coming += islice(futures, 1)
            yield rows, coming.pop(0).result()


def _prepare(encoder: Encoder, items: Items, rows: np.ndarray) -> Any:
    return encoder.prepare(items.take(rows))


def _checked(found: Any, ids: list[Hashable], encoder: Encoder) -> np.ndarray | None:
    """The rows of a batch, [b, ...] float32."""
    if found is None:
        return None
    if isinstance(found, Tensor):
        found = found.detach().to("cpu", torch.float32 if found.is_floating_point() else found.dtype).numpy()
    array = np.asarray(found)
    check_floating(array.dtype, "model", encoder, "Return an array of floats.")
    fits = 2 <= array.ndim <= 4 and len(array) == len(ids) and array.size > 0
    requirement = f"a model that gives {len(ids)} rows [F], [L, F] or [F, H, W] for {len(ids)} values"
    check(fits, "model", requirement, encoder, f"an array {list(array.shape)}")
    with np.errstate(over="ignore"):  # what float32 cannot hold is infinite, and an error below
        array = array.astype(np.float32, copy=False)
    flat = array.reshape(len(array), -1)
    known = ~np.isnan(flat).all(axis=1)
    wrong = np.flatnonzero(known & ~np.isfinite(flat).all(axis=1))
    value = f"NaN or infinity in rows of the ids {few(ids[row] for row in wrong)}"
    check(wrong.size == 0, "model", "a model of finite numbers, or of a row of NaN", encoder, value)
    return array


def _copy_equal(matrix: np.ndarray, first: np.ndarray) -> None:
    """The row of the first item of a value, to all others of that value."""
    copies = np.flatnonzero(first != np.arange(len(first)))
    for start in range(0, len(copies), BLOCK):
        rows = copies[start : start + BLOCK]
        matrix[rows] = matrix[first[rows]]
