"""Libraries of the extras, imported when they are first needed."""

from __future__ import annotations

import logging
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

import torch

from pygmmrec.utils import extras

logger = logging.getLogger(__name__)

NEEDS_TORCHVISION = ("sentence_transformers", "timm")
"""Modules that import torchvision, always or where it is installed."""

MISFIT = "operator torchvision::nms does not exist"
"""What importing torchvision says where it was built for another torch, such as one for CUDA."""

OPERATORS = ("nms", "qnms")
"""Compiled operators whose absence torchvision does not survive."""


def load_extra(name: str, extra: str) -> Any:
    """:func:`pygmmrec.utils.extras.load_extra`, with torchvision mended first where the module needs it."""
    if name in NEEDS_TORCHVISION and find_spec(name) is not None:
        _mend_torchvision()
    return extras.load_extra(name, extra)


def versions_of(packages: tuple[str, ...]) -> dict[str, str]:
    """The versions of those packages that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


@cache
def _mend_torchvision() -> torch.library.Library | None:
    """Let a torchvision be imported that was built for another torch, without its compiled operators.

    timm needs torchvision, and transformers imports it where it is installed; both for its transforms, which
    are plain Python. Where its compiled operators do not load, its import fails at declaring their shapes, so
    the operators are declared here. They have no code: whoever calls one gets an error.

    Returns:
        What declares them, which torch forgets once nobody holds it; ``None`` where nothing is to be mended.
    """
    try:
        if find_spec("torchvision") is not None:
            import_module("torchvision")
        return None
    except RuntimeError as error:
        if MISFIT not in str(error):
            raise
        library = torch.library.Library("torchvision", "DEF")
        for operator in OPERATORS:
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        import_module("torchvision")
        logger.info("torchvision was built for another torch and runs without its compiled operators")
        return library
