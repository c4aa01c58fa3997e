"""Functions of one's own."""

from pathlib import Path

import pytest
import torch
from torch import nn

from pygmmrec.encoders import FunctionEncoder
from pygmmrec.encoders.objects import Objects
from pygmmrec.encoders.texts import Texts


def test_it_has_the_name_and_the_code_of_the_function(letters) -> None:
    encoder = FunctionEncoder(letters)
    assert encoder.model.endswith(".letters")
    assert str(encoder.revision).startswith("sha256:")
    named = FunctionEncoder(letters, name="mine", revision="2", template="{a}")
    assert (named.model, named.revision, named.settings()) == ("mine", "2", {"template": "{a}"})
    assert FunctionEncoder(len).revision is None
    assert repr(named) == "FunctionEncoder('mine', template='{a}')"
    assert encoder.load(torch.device("cpu")) == "chosen by the function"


def test_it_gets_texts_or_objects(letters) -> None:
    encoder = FunctionEncoder(letters)
    assert isinstance(encoder.read(["a"], progress=False), Texts)
    assert isinstance(encoder.read([Path("a")], progress=False), Objects)
    assert isinstance(encoder.read([b"a"], progress=False), Objects)


class Noisy(nn.Module):
    """Whose rows are random while it trains."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.drop = nn.Dropout()

    def forward(self, batch: list[str]) -> torch.Tensor:
        return self.drop(self.weight * torch.ones(len(batch), 4))


def test_a_module_is_told_by_its_weights_and_does_not_train() -> None:
    module = Noisy()
    encoder = FunctionEncoder(module)
    rows = encoder.embed(["a", "b"])
    assert torch.equal(torch.as_tensor(rows), torch.ones(2, 4))
    assert not rows.requires_grad
    assert module.training
    before = encoder.revision
    with torch.no_grad():
        module.weight.add_(1)
    assert FunctionEncoder(module).revision != before


def test_what_cannot_be_called_is_an_error() -> None:
    with pytest.raises(ValueError, match="'model' needs to be a name, an encoder or a function"):
        FunctionEncoder(7)
