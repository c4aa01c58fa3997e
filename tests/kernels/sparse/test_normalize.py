import pytest
import torch

from pygmmrec.kernels.sparse.normalize import normalize

NUM_SRC, NUM_DST = 6, 4


@pytest.fixture
def graph() -> tuple[torch.Tensor, torch.Tensor]:
    """Unsorted edges with weights; source 5 and destination 3 have none."""
    edge_index = torch.tensor([[4, 0, 1, 2, 0, 3, 1], [2, 1, 0, 2, 0, 0, 2]])
    return edge_index, torch.rand(7, dtype=torch.float64) + 0.1


def inverse(degree: torch.Tensor, exponent: float) -> torch.Tensor:
    """Diagonal matrix of ``degree ** exponent``, zero where the degree is zero."""
    return torch.diag(
        torch.tensor([d**exponent if d > 0 else 0.0 for d in degree.tolist()], dtype=torch.float64)
    )


@pytest.mark.parametrize("weighted", [False, True])
def test_bipartite_against_dense_formulas(graph, to_dense, weighted) -> None:
    edge_index, weight = graph
    weight = weight if weighted else torch.ones(7, dtype=torch.float64)
    matrix = to_dense(edge_index, weight, (NUM_SRC, NUM_DST))
    rows, cols = matrix.sum(1), matrix.sum(0)
    expected = {
        "none": matrix,
        "row": inverse(rows, -1) @ matrix,
        "sym": inverse(rows, -0.5) @ matrix @ inverse(cols, -0.5),
    }
    for norm, value in expected.items():
        out = normalize(edge_index, weight if weighted else None, (NUM_SRC, NUM_DST), norm)
        out = to_dense(edge_index, out.double(), (NUM_SRC, NUM_DST))
        torch.testing.assert_close(out, value, rtol=1e-6, atol=1e-6)


def test_rows_sum_to_one_where_there_is_anything(graph, to_dense) -> None:
    edge_index, weight = graph
    out = to_dense(edge_index, normalize(edge_index, weight, (NUM_SRC, NUM_DST), "row"), (NUM_SRC, NUM_DST))
    torch.testing.assert_close(out.sum(1), torch.tensor([1, 1, 1, 0], dtype=torch.float64))


def test_same_nodes_takes_row_sums_on_both_sides(to_dense) -> None:
    # Directed: everyone reaches node 0, nobody is reached by node 0; node 3 has nothing.
    edge_index = torch.tensor([[1, 2, 2], [0, 0, 1]])
    weight = torch.tensor([1.0, 3.0, 2.0], dtype=torch.float64)
    matrix = to_dense(edge_index, weight, (4, 4))
    root = inverse(matrix.sum(1), -0.5)
    out = normalize(edge_index, weight, (4, 4), "sym", same_nodes=True)
    torch.testing.assert_close(to_dense(edge_index, out, (4, 4)), root @ matrix @ root)
    # 1 -> 0 by hand: 1 / sqrt(4 · 2); node 2 is reached by nothing, so what leaves it weighs zero.
    torch.testing.assert_close(out, torch.tensor([1 / 8**0.5, 0, 0], dtype=torch.float64))
    plain = normalize(edge_index, weight, (4, 4), "sym")
    torch.testing.assert_close(plain[1], torch.tensor(3 / 20**0.5, dtype=torch.float64))


@pytest.mark.parametrize("norm", ["sym", "row", "none"])
def test_gradient_of_weights(graph, norm) -> None:
    edge_index, weight = graph
    weight.requires_grad_()
    assert torch.autograd.gradcheck(lambda w: normalize(edge_index, w, (NUM_SRC, NUM_DST), norm), weight)


@pytest.mark.parametrize("norm", ["sym", "row"])
def test_a_node_whose_weights_are_all_zero_has_a_finite_gradient(norm) -> None:
    edge_index = torch.tensor([[0, 1, 2], [0, 0, 1]])
    weight = torch.tensor([0.0, 0.0, 2.0], requires_grad=True)
    out = normalize(edge_index, weight, (3, 2), norm)
    assert out[:2].tolist() == [0, 0]
    (out * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert weight.grad[:2].tolist() == [0, 0]
    assert weight.grad.isfinite().all()


def test_an_unknown_norm_lists_the_norms() -> None:
    with pytest.raises(
        ValueError, match=r"'norm' needs to be one of \('sym', 'row', 'none'\) in 'normalize'"
    ):
        normalize(torch.zeros(2, 1, dtype=torch.int64), None, (1, 1), "col")
