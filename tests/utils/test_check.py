import math
from typing import Any

import numpy as np
import pytest
import torch

from pygmmrec.utils.check import (
    check,
    check_arguments,
    check_flag,
    check_integer,
    check_number,
    check_probability,
    check_seed,
)


def test_nothing_happens_where_all_is_well() -> None:
    check(True, "k", "positive", "topk", 3)


def test_the_message_names_argument_requirement_place_and_value() -> None:
    with pytest.raises(ValueError, match=r"^'k' needs to be positive in 'topk' \(got -3\)$"):
        check(False, "k", "positive", "topk", -3)


def test_an_object_is_named_by_its_class_and_the_remedy_follows() -> None:
    with pytest.raises(ValueError, match=r"^'p' needs to be small in 'Dropout' \(got 'x'\)\. Lower it$"):
        check(False, "p", "small", torch.nn.Dropout(), "x", "Lower it")


def train(lr: float, epochs: int) -> None:
    """Takes two arguments."""


def test_unknown_arguments_name_the_nearest() -> None:
    check_arguments(["lr"], train, "fit")
    with pytest.raises(TypeError, match=r"'fit' takes no argument 'epoch'\. Did you mean 'epochs'\?"):
        check_arguments(["lr", "epoch"], train, "fit")
    with pytest.raises(TypeError, match=r"'fit' takes no argument 'zzzz'\. It takes lr, epochs"):
        check_arguments(["zzzz"], train, "fit")
    check_arguments(["zzzz"], lambda **anything: None, "fit")


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), np.array(3), torch.tensor(3)])
def test_an_integer_of_any_library_becomes_pythons(value: Any) -> None:
    found = check_integer(value, "k", "topk", at_least=1)
    assert (found, type(found)) == (3, int)


@pytest.mark.parametrize(
    "value", [1.5, 2.0, True, np.bool_(True), np.float32(2), "2", None, [2], torch.tensor([2])]
)
def test_what_is_no_integer(value: Any) -> None:
    with pytest.raises(ValueError, match="'k' needs to be an integer in 'topk'"):
        check_integer(value, "k", "topk")


def test_bounds_of_integers() -> None:
    with pytest.raises(ValueError, match=r"'k' needs to be at least 1 in 'topk' \(got 0\)"):
        check_integer(0, "k", "topk", at_least=1)
    with pytest.raises(ValueError, match=r"'k' needs to be between 1 and 5 in 'topk' \(got 6\)"):
        check_integer(np.int64(6), "k", "topk", at_least=1, at_most=5)
    assert check_seed(0, "seed", "fit") == 0
    for wrong in (-1, 2**63, 1.0):
        with pytest.raises(ValueError, match="'seed' needs to be"):
            check_seed(wrong, "seed", "fit")


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), np.float64(0.5), np.array(0.5), torch.tensor(0.5)])
def test_a_number_of_any_library_becomes_pythons(value: Any) -> None:
    found = check_number(value, "lr", "fit", above=0)
    assert (found, type(found)) == (0.5, float)
    assert check_probability(value, "p", "drop") == 0.5


def test_an_integer_stays_one_and_a_number_that_is_learned_stays_a_tensor() -> None:
    assert type(check_number(1, "lr", "fit")) is int
    learned = torch.nn.Parameter(torch.tensor(0.2))
    assert check_number(learned, "temperature", "loss", above=0) is learned


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True, "1", None, [1.0], 1j])
def test_what_is_no_finite_number(value: Any) -> None:
    with pytest.raises(ValueError, match=r"'lr' needs to be (a number|finite) in 'fit'"):
        check_number(value, "lr", "fit")


@pytest.mark.parametrize(
    ("bounds", "wrong", "message"),
    [
        ({"above": 0}, 0.0, "positive"),
        ({"above": 0}, math.nan, "positive"),
        ({"at_least": 0}, -1, "at least 0"),
        ({"above": 2}, 2, "above 2"),
        ({"below": 1}, 1, "below 1"),
        ({"at_least": 0, "below": 1}, 1, r"in \[0, 1\)"),
        ({"above": 0, "at_most": 1}, 0, r"in \(0, 1\]"),
        ({"above": 0, "below": 1}, 1, r"in \(0, 1\)"),
        ({"at_least": 0, "at_most": 1}, 2, "between 0 and 1"),
        ({"above": 0}, math.inf, "finite"),
    ],
)
def test_bounds_of_numbers(bounds: dict[str, float], wrong: float, message: str) -> None:
    with pytest.raises(ValueError, match=f"'x' needs to be {message} in 'f'"):
        check_number(wrong, "x", "f", **bounds)


def test_flags() -> None:
    assert check_flag(np.bool_(True), "resume", "fit") is True
    for wrong in (1, 0, "yes", None):
        with pytest.raises(ValueError, match="'resume' needs to be True or False in 'fit'"):
            check_flag(wrong, "resume", "fit")
