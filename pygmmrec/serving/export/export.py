"""Vectors, from a model to a folder."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Literal, get_args

from pygmmrec.serving.export.folder import new_folder, write_about
from pygmmrec.serving.export.formats import Write, write_numpy, write_parquet, write_safetensors
from pygmmrec.serving.export.index import load_faiss, write_index
from pygmmrec.serving.export.readme import readme_of_vectors
from pygmmrec.serving.export.vectors import Precision, Vectors
from pygmmrec.utils.check import check, check_flag

Format = Literal["parquet", "numpy", "safetensors", "faiss"]

PLAIN: dict[str, Write] = {
    "parquet": write_parquet,
    "numpy": write_numpy,
    "safetensors": write_safetensors,
}
"""Formats that say nothing but what they are given."""


def check_export(format: Format, dtype: Precision, overwrite: bool) -> None:
    """Refuse what cannot be exported, before embeddings are computed.

    Raises:
        ValueError: If there is no such format, or faiss is asked for float16, which it does not index.
        ModuleNotFoundError: If faiss is needed and not installed.
    """
    choices = get_args(Format)
    check(format in choices, "format", f"one of {list(choices)}", "export", format)
    fits = format != "faiss" or dtype == "float32"
    check(fits, "dtype", "'float32' for the format 'faiss'", "export", dtype)
    check_flag(overwrite, "overwrite", "export")
    if format == "faiss":
        load_faiss()


def export_vectors(
    folder: str | PathLike[str],
    sides: tuple[Vectors, Vectors],
    origin: Mapping[str, Any],
    format: Format,
    overwrite: bool,
) -> Path:
    """Write the vectors of users and items.

    Args:
        folder: Where to, see :func:`~pygmmrec.serving.export.folder.new_folder`.
        sides: The vectors.
        origin: What is said of the model.
        format: Which files.
        overwrite: Whether an earlier export may be replaced.

    Raises:
        ValueError: If something else is there.
    """
    users, items = sides
    about = {
        "format": format,
        **origin,
        "dim": items.values.shape[1],
        "dtype": str(items.values.dtype),
    }
    with new_folder(folder, overwrite, "export") as temporary:
        if format == "faiss":
            about["recall"] = write_index(temporary, users, items)
        else:
            PLAIN[format](temporary, users, items)
        write_about(temporary, about, readme_of_vectors(about))
    return Path(folder)
