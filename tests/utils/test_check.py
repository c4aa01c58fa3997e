import pytest
import torch

from pygmmrec.utils.check import check


def test_nothing_happens_where_all_is_well() -> None:
    check(True, "k", "positive", "topk", 3)


def test_the_message_names_argument_requirement_place_and_value() -> None:
    with pytest.raises(ValueError, match=r"^'k' needs to be positive in 'topk' \(got -3\)$"):
        check(False, "k", "positive", "topk", -3)


def test_an_object_is_named_by_its_class_and_the_remedy_follows() -> None:
    with pytest.raises(ValueError, match=r"^'p' needs to be small in 'Dropout' \(got 'x'\)\. Lower it$"):
        check(False, "p", "small", torch.nn.Dropout(), "x", "Lower it")
