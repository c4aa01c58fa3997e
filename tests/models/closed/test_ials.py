import pytest
import torch

from pygmmrec.models import IALS


def regression(r: torch.Tensor, y: torch.Tensor, w: float, reg: float, nu: float) -> torch.Tensor:
    rows = []
    for row in r:
        weight = torch.diag(row + w)
        ridge = reg * float(row.sum() + w * len(row)) ** nu
        rows.append(
            torch.linalg.solve(y.t() @ weight @ y + ridge * torch.eye(y.size(1)).double(), y.t() @ row)
        )
    return torch.stack(rows)


@pytest.mark.parametrize("nu", [0.0, 1.0])
def test_equals_alternating_dense_regressions(data, r, scores_of, nu) -> None:
    arguments = {"embedding_dim": 3, "unobserved_weight": 0.2, "reg_weight": 0.05, "reg_exponent": nu}
    model = IALS.from_data(data, num_iterations=3, seed=0, **arguments)
    y = model.item_embedding.weight.clone().double()
    for _ in range(3):
        x = regression(r, y, 0.2, 0.05, nu)
        y = regression(r.t(), x, 0.2, 0.05, nu)
    expected = regression(r, y, 0.2, 0.05, nu) @ y.t()
    torch.testing.assert_close(scores_of(model, data), expected, rtol=1e-9, atol=1e-9)


def test_more_iterations_lower_the_loss(data, r, scores_of) -> None:
    def loss(num_iterations: int) -> float:
        model = IALS.from_data(data, embedding_dim=3, num_iterations=num_iterations, reg_exponent=0.0, seed=0)
        scores = scores_of(model, data)
        x, y = model(data)
        squares = ((x**2).sum() + (y**2).sum()) * model.reg_weight
        return float((r * (scores - 1) ** 2).sum() + 0.1 * (scores**2).sum() + squares)

    assert loss(1) > loss(3) > loss(9)


def test_numbers_that_have_to_be_positive() -> None:
    for name in ("reg_weight", "unobserved_weight"):
        with pytest.raises(ValueError, match=f"'{name}' needs to be"):
            IALS(2, 3, **{name: 0.0})
