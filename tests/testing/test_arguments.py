from typing import Any

import pytest

from pygmmrec.models import BPRMF
from pygmmrec.testing import RecommenderTests
from pygmmrec.testing.arguments import ArgumentTests

SMALL = {"config": {"embedding_dim": 6}}


class Terse(BPRMF):
    """Shows its name only."""

    def __repr__(self) -> str:
        return "Terse()"


class Forgetful(BPRMF):
    """Has one weight of decay, whatever is asked."""

    def __init__(self, num_users: int, num_items: int, *, embedding_dim: int = 6, reg_weight: float = 0.1):
        super().__init__(num_users, num_items, embedding_dim=embedding_dim)


class ByPlace(BPRMF):
    """Takes its settings by place."""

    def __init__(self, num_users: int, num_items: int, embedding_dim: int = 6) -> None:
        super().__init__(num_users, num_items, embedding_dim=embedding_dim)


class Anything(BPRMF):
    """Takes any argument."""

    def __init__(self, num_users: int, num_items: int, *, embedding_dim: int = 6, **more: Any) -> None:
        super().__init__(num_users, num_items, embedding_dim=embedding_dim)


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (Terse, "test_repr_shows_every_argument_and_builds_the_model_again"),
        (Forgetful, "test_every_argument_is_kept_as_it_was_given"),
        (ByPlace, "test_arguments_beyond_the_sizes_are_given_by_name"),
        (Anything, "test_wrong_arguments_are_errors"),
    ],
)
def test_a_broken_model_fails(fails, broken, test) -> None:
    assert issubclass(RecommenderTests, ArgumentTests)
    assert fails(broken, test, **SMALL)
