import pytest
import torch

from pygmmrec.utils.check import check, check_arguments


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
