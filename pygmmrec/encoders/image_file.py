"""An image from a file, from bytes or from an array, or none where it is broken."""

from __future__ import annotations

import logging
from io import BytesIO
from typing import Any

import numpy as np
from torch import Tensor

from pygmmrec.encoders.extras import load_extra
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)

MODES = ("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV")
"""How Pillow calls images of at most 8 bits a channel; of others it would cut off what is brighter."""


def open_image(value: Any) -> Any:
    """An image of Pillow in RGB, or ``None``, with a line of the log, where it cannot be read.

    Args:
        value: A path, the bytes of a file, an image of Pillow, or an array or tensor [H, W] or [H, W, 3] of
            bytes.

    Raises:
        ValueError: If an array is no image.
    """
    pillow = load_extra("PIL.Image", "image")
    if isinstance(value, Tensor | np.ndarray):
        return _from_array(pillow, np.asarray(value))
    try:
        if isinstance(value, pillow.Image):
            return _in_rgb(value)
        with pillow.open(BytesIO(value) if isinstance(value, bytes | bytearray) else value) as image:
            return _in_rgb(image)
    except MemoryError:
        raise
    except Exception as error:  # a damaged file raises whatever its decoder meets
        logger.debug("a broken image: %s", error)
        return None


def _in_rgb(image: Any) -> Any:
    if image.mode not in MODES:
        raise ValueError(f"images of the mode {image.mode!r} have more than 8 bits a channel")
    return image.convert("RGB")


def _from_array(pillow: Any, array: np.ndarray) -> Any:
    fits = array.dtype == np.uint8 and (array.ndim == 2 or (array.ndim == 3 and array.shape[-1] in (3, 4)))
    told = f"an array of {array.dtype} {list(array.shape)}"
    check(fits, "raw", "arrays of uint8, [H, W] or [H, W, 3]", "encode", told)
    return pillow.fromarray(array).convert("RGB")
