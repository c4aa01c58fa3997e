"""What encoders by a pretrained model share."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from pygmmrec.encoders.items import Items
from pygmmrec.encoders.model_encoder import ModelEncoder
from pygmmrec.encoders.texts import Texts


class Bag(ModelEncoder):
    """A linear map of how long a text is."""

    kind = "text"

    def read(self, raw: Any, *, progress: bool) -> Items:
        return Texts(raw)

    def open_model(self) -> nn.Module:
        return nn.Sequential(nn.Linear(1, 3), nn.Dropout())

    def vectors(self, prepared: list[str]) -> Tensor:
        lengths = torch.tensor([[float(len(text))] for text in prepared])
        return self.module(lengths).half()


def bag(model: object = "bag", *, normalize: bool = False) -> Bag:
    return Bag(model, pooling=None, normalize=normalize, revision=None)


def test_a_model_is_loaded_once_and_does_not_train() -> None:
    encoder = bag()
    assert encoder.module is None
    encoder.load(torch.device("cpu"))
    module = encoder.module
    encoder.load(torch.device("cpu"))
    assert encoder.module is module
    rows = encoder.embed(["a", "bb"])
    assert rows.dtype == torch.float32
    assert not rows.requires_grad
    assert torch.equal(rows, encoder.embed(["a", "bb"]))
    assert module.training
    assert set(encoder.found()) == {"commit", "weights"}


def test_rows_have_the_length_1_where_that_is_asked_for() -> None:
    encoder = bag(nn.Linear(1, 3), normalize=True)
    encoder.load(torch.device("cpu"))
    assert torch.allclose(encoder.embed(["a", "bb"]).norm(dim=1), torch.ones(2))
    assert encoder.settings() == {"pooling": None, "normalize": True}


def test_a_flag_is_a_flag() -> None:
    with pytest.raises(ValueError, match="'normalize' needs to be True or False"):
        bag(normalize=1)  # type: ignore[arg-type]
