import pytest
import torch

from pygmmrec.models import EASE
from pygmmrec.models.closed.ease import LARGEST


@pytest.mark.parametrize("k", [None, 15])
@pytest.mark.parametrize("reg", [0.5, 20.0])
def test_equals_the_dense_formula(data, r, scores_of, k, reg) -> None:
    p = torch.linalg.inv(r.t() @ r + reg * torch.eye(16).double())
    b = torch.eye(16).double() - p @ torch.diag(1 / p.diagonal())
    found = scores_of(EASE.from_data(data, reg_weight=reg, k=k), data)
    torch.testing.assert_close(found, r @ b, rtol=1e-9, atol=1e-9)


def test_with_few_neighbours_it_comes_near(data, r, scores_of) -> None:
    whole = scores_of(EASE.from_data(data, reg_weight=5.0), data)
    apart = [
        float((scores_of(EASE.from_data(data, reg_weight=5.0, k=k), data) - whole).norm()) for k in (3, 8, 12)
    ]
    assert apart == sorted(apart, reverse=True)
    assert apart[-1] < 0.2 * float(whole.norm())


def test_a_matrix_that_would_be_too_large_is_refused_and_the_sparse_form_offered() -> None:
    with pytest.raises(ValueError, match=r"'num_items' needs to be at most 15000 .*Pass k=100"):
        EASE(10, LARGEST + 1)
    assert EASE(10, LARGEST + 1, k=2).weights.index.shape == (LARGEST + 1, 2)


def test_a_ridge_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="'reg_weight' needs to be"):
        EASE(10, 5, reg_weight=0.0)
