"""Texts and images of items to feature matrices."""

from __future__ import annotations

from collections.abc import Iterator
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import torch

from pygmmrec.data.features import Features, read_features
from pygmmrec.data.ids import Ids, as_id_map
from pygmmrec.data.ids_file import ids_column
from pygmmrec.data.values.frames import check_same_index
from pygmmrec.encoders.choose import as_encoder
from pygmmrec.encoders.device import as_device
from pygmmrec.encoders.feature_file import FeatureFile
from pygmmrec.encoders.fill import fill, missing_rows, tell_missing
from pygmmrec.encoders.rows import Rows
from pygmmrec.utils.check import check, check_flag, check_integer


def encode(
    ids: Ids,
    raw: Any,
    model: Any,
    *,
    output: str | PathLike[str] | None = None,
    batch_size: int = 64,
    device: str | torch.device = "auto",
    progress: bool = True,
    overwrite: bool = False,
) -> Features:
    """Features of items from their raw texts or images.

    .. code-block:: python

        from pygmmrec.encoders import ImageEncoder, TextEncoder, encode

        encode(ids, texts, "all-MiniLM-L6-v2", output="my_set/text_feat.npy")
        encode(ids, frame, TextEncoder("all-MiniLM-L6-v2", template="{name}: {tags}"))
        encode(ids, paths, ImageEncoder("resnet50", image_size=224), output="my_set/image_feat.npy")
        encode(ids, paths, lambda batch: my_model(batch))

    An item without a text, or whose image is broken, has a row of NaN: it lacks the modality. A log line
    counts these. Equal values are encoded once, and made twice on one machine, rows are the same to the bit.

    With ``output``, ``x/text_feat.npy`` is a float32 file, ``x/text_feat.ids.parquet`` says whose rows these
    are, and ``x/text_feat.json`` where they come from, see :class:`~pygmmrec.data.Sidecar`. A call
    that is interrupted goes on where it stopped when it is made again, and the file has its name only once it
    is complete. Where a file of the same model, settings, ids and content is there already, it is checked and
    read.

    Args:
        ids: Raw id of each item.
        raw: The raw value of each: a list, array or column of texts; a frame or mapping of columns, for an
            encoder with a template; or a list or column of paths, bytes, images of Pillow or arrays.
        model: A :class:`TextEncoder` or :class:`ImageEncoder`; the name or folder of a model, or a loaded
            one, for such an encoder with its defaults; or a function, see :class:`FunctionEncoder`. A name is
            one of sentence-transformers for texts, and one of timm for everything else, and for texts that
            are all names of images.
        output: The ``.npy`` file to write (default: ``None``, only return the features).
        batch_size: Values that are encoded at once (default: ``64``).
        device: Where the model runs, such as ``cpu`` or ``cuda:1``; ``auto`` is a GPU where there is one
            (default: ``"auto"``).
        progress: Whether to show a bar on a terminal (default: ``True``).
        overwrite: Whether to make ``output`` anew, whatever it is; only what an interrupted call of the same
            settings made is still gone on with (default: ``False``).

    Raises:
        ModuleNotFoundError: If the extra of the encoder is not installed.
        ValueError: If ids and values do not go together, no value can be encoded, the model gives no rows of
            finite numbers, or ``output``, or what an interrupted call left of it, is of other settings.
    """
    raw = list(raw) if isinstance(raw, Iterator) else raw
    batch_size = check_integer(batch_size, "batch_size", "encode", at_least=1)
    progress = check_flag(progress, "progress", "encode")
    overwrite = check_flag(overwrite, "overwrite", "encode")
    path = None if output is None else _as_output(output)
    where = as_device(device)
    encoder = as_encoder(model, raw)
    check_same_index({"ids": ids, "raw": raw}, "encode")
    id_map = as_id_map(ids)
    check(len(id_map) > 0, "ids", "of one item or more", "encode", "no ids")
    if path is not None:
        ids_column(id_map)  # raises where a file cannot hold them
    items = encoder.read(raw, progress=progress)
    num = len(items)
    requirement = f"one value for each of the {len(id_map)} ids"
    check(num == len(id_map), "raw", requirement, "encode", f"{num} values")
    remedy = "Texts are blank, or there are no files of these names: is the folder right?"
    none = f"{num} that are missing"
    check(not items.missing.all(), "raw", "values of which one is there", "encode", none, remedy)
    if path is not None:
        file = FeatureFile(path, encoder, items, id_map)
        if overwrite or not file.is_made():
            file.make(where, batch_size=batch_size, progress=progress, anew=overwrite)
        return read_features(path, id_map)
    encoder.load(where)
    matrix = fill(Rows(), encoder, items, id_map.ids, batch_size=batch_size, progress=progress)
    tell_missing(encoder.kind, missing_rows(matrix), id_map)
    return Features(matrix, id_map, encoder.kind)


def _as_output(output: str | PathLike[str]) -> Path:
    path = Path(output)
    fits, remedy = path.suffix == ".npy" and not path.is_dir(), "Name it as in 'my_set/text_feat.npy'."
    check(fits, "output", "a .npy file", "encode", fspath(output), remedy)
    return path
