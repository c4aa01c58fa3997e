"""Which items have a value, and which have the same."""

from typing import Any

import numpy as np

from pygmmrec.encoders.items import Items, first_of_each


class Words(Items):
    """Words in memory."""

    def __init__(self, words: list[str]) -> None:
        self.words = np.array(words)
        super().__init__(self.words == "", first_of_each(self.words), "digest")

    def take(self, rows: np.ndarray) -> list[Any]:
        return self.words[rows].tolist()


def test_each_value_that_is_there_is_taken_once() -> None:
    words = Words(["b", "", "a", "b", "", "c", "a"])
    assert len(words) == 7
    assert words.take(words.distinct()) == ["b", "a", "c"]


def test_the_first_of_each_code() -> None:
    assert first_of_each(np.array([5, 3, 5, 4, 3])).tolist() == [0, 1, 0, 3, 1]
    digests = np.array([b"\0b", b"\0a", b"\0b"], dtype="V2")
    assert first_of_each(digests).tolist() == [0, 1, 0]
