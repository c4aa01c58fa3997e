"""Which encoder a model belongs to."""

import numpy as np
import pandas as pd
import pytest
from torch import nn

from pygmmrec.encoders import FunctionEncoder, ImageEncoder, TextEncoder
from pygmmrec.encoders.choose import as_encoder


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (["a text", None], TextEncoder),
        (["see a.png", "more"], TextEncoder),
        (pd.DataFrame({"name": ["a.png"]}), TextEncoder),
        (["a.png", "x/b.JPEG", None], ImageEncoder),
        ([b"bytes"], ImageEncoder),
        ([np.zeros((2, 2, 3), dtype=np.uint8)], ImageEncoder),
    ],
)
def test_a_name_is_of_texts_or_images_by_what_is_encoded(raw: object, kind: type) -> None:
    assert type(as_encoder("some-model", raw)) is kind


def test_an_encoder_is_itself() -> None:
    encoder = TextEncoder("all-MiniLM-L6-v2")
    assert as_encoder(encoder, [b"bytes"]) is encoder


def test_a_model_is_known_by_what_it_is() -> None:
    class Timm(nn.Module):
        def forward_features(self) -> None: ...

    class Sentences(nn.Module):
        __module__ = "sentence_transformers.base"

    assert type(as_encoder(Timm(), ["a"])) is ImageEncoder
    assert type(as_encoder(type("Own", (Sentences,), {})(), ["a"])) is TextEncoder
    assert type(as_encoder(nn.Identity(), ["a"])) is FunctionEncoder
    assert type(as_encoder(len, ["a"])) is FunctionEncoder


def test_anything_else_is_an_error() -> None:
    with pytest.raises(ValueError, match="'model' needs to be a name, a folder, a model"):
        as_encoder(7, ["a"])
