"""Which encoder a model belongs to."""

from __future__ import annotations

from os import PathLike
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from torch import nn

from pygmmrec.encoders.encoder import Encoder
from pygmmrec.encoders.function_encoder import FunctionEncoder
from pygmmrec.encoders.image_encoder import ImageEncoder
from pygmmrec.encoders.text_column import as_arrow, column_names, is_text
from pygmmrec.encoders.text_encoder import TextEncoder
from pygmmrec.utils.check import check

SUFFIX = r"(?i)\.(jpe?g|png|webp|gif|bmp|tiff?|avif|jp2)$"
"""How the name of an image ends."""


def as_encoder(model: Any, raw: Any) -> Encoder:
    """The encoder itself, or the one that fits a model and what it is to encode.

    A name or folder is a model of texts where ``raw`` is a frame or a column of texts, unless all of these
    are names of images; else it is a model of images.

    Args:
        model: An encoder, a name or folder, a loaded model of sentence-transformers or timm, or a function.
        raw: The raw values.

    Raises:
        ValueError: If it is none of these.
    """
    if isinstance(model, Encoder):
        return model
    if isinstance(model, (str, PathLike)):
        return TextEncoder(model) if is_text(raw) and not _names_images(raw) else ImageEncoder(model)
    if any(base.__module__.startswith("sentence_transformers.") for base in type(model).__mro__):
        return TextEncoder(model)
    if isinstance(model, nn.Module) and hasattr(model, "forward_features"):
        return ImageEncoder(model)
    check(callable(model), "model", "a name, a folder, a model, an encoder or a function", "encode", model)
    return FunctionEncoder(model)


def _names_images(raw: Any) -> bool:
    if column_names(raw) is not None:
        return False
    column = as_arrow(raw).cast(pa.large_string())
    named = pc.match_substring_regex(column, SUFFIX)  # null where there is none
    return bool(named.true_count > 0 and named.false_count == 0)
