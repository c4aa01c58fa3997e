import pytest
import torch

from pygmmrec.models import RP3Beta


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.0), (1.0, -0.2), (0.7, 0.6)])
@pytest.mark.parametrize("k", [3, 40])
def test_equals_the_dense_formula(data, r, scores_of, largest, alpha, beta, k) -> None:
    of_user, of_item = r.sum(dim=1), r.sum(dim=0).clamp(min=1)
    to_user = (r.t() / of_item[:, None]) ** alpha  # [I, U]
    to_item = (r / of_user[:, None]) ** alpha  # [U, I]
    w = largest(to_user @ to_item / of_item**beta, k)
    found = scores_of(RP3Beta.from_data(data, k=k, alpha=alpha, beta=beta), data)
    torch.testing.assert_close(found, r @ w, rtol=1e-9, atol=1e-9)
