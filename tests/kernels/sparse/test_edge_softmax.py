import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.edge_softmax import edge_softmax

EDGES = torch.tensor([[0, 1, 2, 0, 3, 1, 2], [0, 0, 0, 1, 1, 3, 4]])  # row 2 has none


@pytest.fixture
def adj() -> Adj:
    return Adj.from_edge_index(EDGES, size=(4, 5))


@pytest.mark.parametrize("masked", [False, True])
def test_values_and_gradients_are_those_of_each_row(adj, masked) -> None:
    score = torch.randn(7, dtype=torch.float64, requires_grad=True)
    mask = torch.tensor([True, False, True, True, True, False, True]) if masked else None
    out = edge_softmax(adj, score, mask)
    expected = torch.zeros(7, dtype=torch.float64)
    for row in range(5):
        chosen = (adj.row == row) & (torch.ones(7, dtype=torch.bool) if mask is None else mask)
        if chosen.any():
            expected = expected.masked_scatter(chosen, score[chosen].softmax(0))
    torch.testing.assert_close(out, expected, rtol=1e-10, atol=1e-10)
    factor = torch.randn(7, dtype=torch.float64)
    left = torch.autograd.grad((out * factor).sum(), score)[0]
    right = torch.autograd.grad((expected * factor).sum(), score)[0]
    torch.testing.assert_close(left, right, rtol=1e-10, atol=1e-10)


def test_a_row_of_which_nothing_is_left_weighs_nothing(adj) -> None:
    score = torch.randn(7, requires_grad=True)
    out = edge_softmax(adj, score, adj.row != 0)
    assert out[:3].tolist() == [0, 0, 0]
    out.square().sum().backward()
    assert score.grad[:3].tolist() == [0, 0, 0]
    assert score.grad.isfinite().all()


def test_large_scores(adj) -> None:
    out = edge_softmax(adj, torch.tensor([1e8, 0, 0, -1e8, -1e8, 5, 5]))
    assert out.tolist() == [1, 0, 0, 0.5, 0.5, 1, 1]


def test_wrong_shapes_are_errors(adj) -> None:
    with pytest.raises(ValueError, match=r"'score' needs to be of shape \[7\] in 'edge_softmax'"):
        edge_softmax(adj, torch.randn(6))
    with pytest.raises(ValueError, match=r"'mask' needs to be of shape \[7\]"):
        edge_softmax(adj, torch.randn(7), torch.ones(3, dtype=torch.bool))
