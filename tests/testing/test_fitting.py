"""The part of the suite for fitting fails where a closed form keeps what it should not, or forgets."""

import pytest
import torch

from pygmmrec.models import ItemKNN
from pygmmrec.testing.fitting import FittingTests


class Forgets(ItemKNN):
    """Fits nothing."""

    def solve(self, data, history) -> None:
        self.neighbours.reset_parameters()


@pytest.fixture
def suite() -> FittingTests:
    torch.manual_seed(0)
    return type("Other", (FittingTests,), {"model": Forgets, "config": {"k": 50}})()


def test_a_model_that_fits_nothing_learns_nothing(suite) -> None:
    with pytest.raises(AssertionError):
        suite.test_learns_a_checkerboard_in_one_pass()
