"""What every encoder has."""

from typing import Any

import numpy as np
import torch

from pygmmrec.encoders import Encoder, encode
from pygmmrec.encoders.items import Items
from pygmmrec.encoders.texts import Texts


class Lengths(Encoder):
    """An encoder in full, of a class of one's own."""

    kind = "text"
    packages = ("numpy", "no-such-package")
    model = "lengths"
    revision = None

    def settings(self) -> dict[str, Any]:
        return {"power": 2}

    def read(self, raw: Any, *, progress: bool) -> Items:
        return Texts(raw)

    def embed(self, prepared: Any) -> np.ndarray:
        return np.array([[float(len(text)) ** 2] for text in prepared])


def test_a_class_of_ones_own_encodes() -> None:
    assert encode(["u", "v"], ["a", "abc"], Lengths()).values.tolist() == [[1], [9]]


def test_it_says_what_it_is() -> None:
    encoder = Lengths()
    assert repr(encoder) == "Lengths('lengths', power=2)"
    assert set(encoder.versions()) == {"pygmmrec", "torch", "numpy"}
    assert encoder.load(torch.device("cpu")) == "cpu"
    assert encoder.found() == {}
    assert encoder.prepare(["a"]) == ["a"]
