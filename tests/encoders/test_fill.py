"""Batches fill rows."""

from collections.abc import Callable

import numpy as np
import pytest

from pygmmrec.data import IdMap
from pygmmrec.encoders import FunctionEncoder, fill
from pygmmrec.encoders.fill import missing_rows, tell_missing
from pygmmrec.encoders.rows import Rows
from pygmmrec.encoders.texts import Texts

TEXTS = ["a", "bb", "", "a", "ccc", "bb", "dddd"]


def rows_of(encoder: FunctionEncoder, store: Rows, batch_size: int = 2) -> np.ndarray:
    return fill.fill(store, encoder, Texts(TEXTS), range(7), batch_size=batch_size, progress=False)


def test_equal_texts_get_equal_rows(monkeypatch, letters: Callable[..., np.ndarray]) -> None:
    monkeypatch.setattr(fill, "BLOCK", 1)
    matrix = rows_of(FunctionEncoder(letters), Rows())
    assert np.array_equal(matrix[:, 0], [1, 2, np.nan, 1, 3, 2, 4], equal_nan=True)
    assert missing_rows(matrix).tolist() == [2]


def test_goes_on_after_what_is_done(counting) -> None:
    model, store = counting(), Rows()
    store.create((7, 2))
    store.done = 1
    rows_of(FunctionEncoder(model), store)
    assert model.batches == [["bb", "a"]]
    assert store.done == 2


def test_a_batch_is_prepared_while_the_one_before_is_encoded() -> None:
    seen: list[str] = []

    class Telling(FunctionEncoder):
        def prepare(self, batch: list[str]) -> list[str]:
            seen.append(f"prepare {batch[0]}")
            return batch

        def embed(self, prepared: list[str]) -> np.ndarray | None:
            seen.append(f"embed {prepared[0]}")
            return np.ones((1, 1)) if prepared != ["bb"] else None

    matrix = rows_of(Telling(len), Rows(), batch_size=1)
    assert missing_rows(matrix).tolist() == [1, 2, 5]
    assert [line for line in seen if line[0] == "p"] == [
        f"prepare {text}" for text in ("dddd", "ccc", "bb", "a")
    ]
    assert [line for line in seen if line[0] == "e"] == [
        f"embed {text}" for text in ("dddd", "ccc", "bb", "a")
    ]
    assert seen.index("prepare ccc") < seen.index("embed ccc")


def test_what_nothing_can_encode_is_an_error() -> None:
    class Blind(FunctionEncoder):
        def embed(self, prepared: list[str]) -> None:
            return None

    with pytest.raises(ValueError, match="values of which one can be encoded"):
        rows_of(Blind(len), Rows())


def test_what_is_missing_is_told(caplog) -> None:
    assert tell_missing("text", np.array([1]), IdMap(["a", "b"])) == ["b"]
    assert "text: 1 of 2 items have no features but a row of NaN: ['b']" in caplog.text
    caplog.clear()
    assert tell_missing("text", np.array([], dtype=np.int64), IdMap(["a", "b"])) == []
    assert caplog.text == ""
