"""What goes into a correlation is looked at before anything is computed."""

import pytest
import torch

from pygmmrec.kernels.correlation.factors import check_correlation


def test_the_widest_type_wins() -> None:
    x, f, v = torch.ones(3, 2), torch.ones(4, 2, dtype=torch.float64), torch.ones(4, 5)
    assert {each.dtype for each in check_correlation(x, f, v, "tanh", "here")} == {torch.float64}


@pytest.mark.parametrize(
    ("shapes", "activation", "match"),
    [
        (((3, 2), (4, 3), (4, 5)), "tanh", r"'x, f, v' needs to be of shapes .* in 'here'"),
        (((3, 2), (4, 2), (3, 5)), "tanh", r"'x, f, v' needs to be of shapes"),
        (((3, 2), (4, 2), (4, 5)), "relu", r"'activation' needs to be one of .* \(got 'relu'\)"),
    ],
)
def test_what_does_not_fit_is_an_error(shapes, activation, match) -> None:
    with pytest.raises(ValueError, match=match):
        check_correlation(*map(torch.ones, shapes), activation, "here")
