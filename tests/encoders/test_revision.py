"""Which version of a model it is, by its content."""

import functools
from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from pygmmrec.encoders.revision import code_digest, folder_digest, weights_digest


def test_weights_are_told_by_names_types_shapes_and_values() -> None:
    torch.manual_seed(0)
    first, second = nn.Linear(2, 3), nn.Linear(2, 3)
    assert weights_digest(first) != weights_digest(second)
    second.load_state_dict(first.state_dict())
    assert weights_digest(first) == weights_digest(second)
    assert weights_digest(first) != weights_digest(nn.Sequential(first))
    assert weights_digest(first) != weights_digest(second.bfloat16())
    assert weights_digest(nn.BatchNorm1d(2))  # a buffer without a dimension


def test_a_folder_is_told_by_its_files(tmp_path: Path) -> None:
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text("{}")
    (tmp_path / "model.bin").write_bytes(b"abc")
    before = folder_digest(tmp_path)
    (tmp_path / "model.bin").touch()
    assert folder_digest(tmp_path) == before
    (tmp_path / "model.bin").rename(tmp_path / "model2.bin")
    renamed = folder_digest(tmp_path)
    (tmp_path / "model2.bin").write_bytes(b"abd")
    assert len({before, renamed, folder_digest(tmp_path)}) == 3


def times(number: float) -> Callable[[list[float]], list[float]]:
    return lambda batch: [value * number for value in batch]


class Adder:
    def __call__(self, batch: list[float]) -> list[float]:
        return [value + 1 for value in batch]

    def other(self, batch: list[float]) -> list[float]:
        return [value + 2 for value in batch]


def test_a_function_is_told_by_its_code_and_what_it_closes_over() -> None:
    one: Callable[..., object] = lambda batch: batch[:1]  # noqa: E731
    functions = [
        one,
        lambda batch: batch[:2],
        lambda batch, last=1: batch[:last],
        lambda batch, last=2: batch[:last],
        lambda batch, *, last=2: batch[:last],
        lambda batch: [value for value in batch if value in {1, 2}],
        times(2),
        times(3),
        functools.partial(one, 1),
        functools.partial(one, 2),
        functools.partial(one, last=2),
        Adder(),
        Adder().other,
    ]
    digests = [code_digest(function) for function in functions]
    assert None not in digests
    assert len(set(digests)) == len(functions)
    assert code_digest(times(2)) == code_digest(times(2))
    assert code_digest(Adder()) == code_digest(Adder())


def test_what_shows_no_code_has_no_digest() -> None:
    assert code_digest(len) is None
    assert code_digest(functools.partial(len)) is None
