import pytest
import torch

from pygmmrec.models import SLIM


@pytest.mark.parametrize(("l1", "l2"), [(0.2, 0.5), (0.0, 3.0)])
def test_equals_coordinate_descent_on_the_dense_matrix(data, r, scores_of, l1, l2) -> None:
    g, w = r.t() @ r, torch.zeros(16, 16, dtype=torch.float64)
    for _ in range(200):
        for i in range(16):  # all columns at once
            rest = g[i] - g[i] @ w + g[i, i] * w[i]
            w[i] = (rest - l1).clamp(min=0) / (g[i, i] + l2)
            w[i, i] = 0
    model = SLIM.from_data(data, l1_weight=l1, l2_weight=l2, tolerance=1e-14)
    torch.testing.assert_close(scores_of(model, data), r @ w, rtol=1e-9, atol=1e-9)
    assert model.neighbours.matrix().nnz == int((w > 1e-12).sum())


def test_without_any_weight_it_is_refused() -> None:
    with pytest.raises(ValueError, match="'l1_weight' needs to be positive, or 'l2_weight'"):
        SLIM(2, 3, l1_weight=0.0, l2_weight=0.0)
