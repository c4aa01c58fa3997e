import pytest
import torch

from pygmmrec.kernels.rows.weighted_mean import weighted_mean


def test_closed_forms() -> None:
    x = torch.tensor([1.0, 2.0, 6.0])
    assert weighted_mean(x) == 3
    assert weighted_mean(x, torch.ones(3)) == 3
    assert weighted_mean(x, torch.tensor([2.0, 0.0, 2.0])) == 3.5
    assert weighted_mean(x, torch.tensor([1.0, 2.0, 1.0])) == weighted_mean(
        torch.tensor([1.0, 2.0, 2.0, 6.0])
    )


def test_weights_of_another_shape_are_an_error() -> None:
    with pytest.raises(ValueError, match=r"'weight' needs to be of shape \[3\] in 'weighted_mean'"):
        weighted_mean(torch.ones(3), torch.ones(1))
