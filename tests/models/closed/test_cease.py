import pytest
import torch

from pygmmrec.models import CEASE, EASE
from pygmmrec.models.closed.content import content_rows


@pytest.mark.parametrize("k", [None, 15])
def test_equals_the_dense_formula(data, r, scores_of, k) -> None:
    f = content_rows(data, {"m0": 5, "m1": 6}, "test")
    stacked = torch.cat([r, 3.0**0.5 * f.t()])  # content below the interactions
    p = torch.linalg.inv(stacked.t() @ stacked + 2.0 * torch.eye(16).double())
    b = torch.eye(16).double() - p @ torch.diag(1 / p.diagonal())
    found = scores_of(CEASE.from_data(data, reg_weight=2.0, content_weight=3.0, k=k), data)
    torch.testing.assert_close(found, r @ b, rtol=1e-9, atol=1e-9)


def test_without_weight_it_is_ease(data, scores_of) -> None:
    ours = scores_of(CEASE.from_data(data, reg_weight=2.0, content_weight=0.0), data)
    assert torch.equal(ours, scores_of(EASE.from_data(data, reg_weight=2.0), data))
