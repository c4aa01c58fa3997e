from collections.abc import Callable

import pytest
import torch

from pygmmrec.kernels.sparse import spmm
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.edge_dot import edge_dot, edge_dot_ref


def matrix(num_edges: int = 11) -> Adj:
    edge_index = torch.stack([torch.randint(4, (num_edges,)), torch.randint(5, (num_edges,))])
    return Adj.from_edge_index(edge_index, size=(4, 5))


@pytest.fixture
def features():
    return [torch.randn(n, 3, dtype=torch.float64, requires_grad=True) for n in (5, 4)]


@pytest.mark.parametrize("block", [2, 1 << 18])
@pytest.mark.parametrize("num_edges", [11, 0])
def test_values_and_gradients_are_those_of_the_plain_form(features, num_edges, block, monkeypatch) -> None:
    monkeypatch.setattr(spmm, "EDGE_BLOCK", block)
    adj, factor = matrix(num_edges), torch.randn(num_edges, dtype=torch.float64)
    out, expected = edge_dot(adj, *features), edge_dot_ref(adj, *features)
    torch.testing.assert_close(out, expected, rtol=1e-10, atol=1e-10)
    left = torch.autograd.grad((out * factor).sum(), features)
    for a, b in zip(left, torch.autograd.grad((expected * factor).sum(), features), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)


def test_gradcheck(features) -> None:
    adj = matrix()
    assert torch.autograd.gradcheck(lambda x, y: edge_dot(adj, x, y), features)


def test_one_side_may_be_constant(features) -> None:
    adj, (x, y) = matrix(), features
    for wanted, out in [(x, edge_dot(adj, x, y.detach())), (y, edge_dot(adj, x.detach(), y))]:
        actual = torch.autograd.grad(out.sum(), wanted)[0]
        expected = torch.autograd.grad(edge_dot_ref(adj, x, y).sum(), wanted)[0]
        torch.testing.assert_close(actual, expected)


def test_nothing_of_entries_times_features_is_kept() -> None:
    adj, sizes = matrix(1000), []
    x, y = torch.randn(5, 64, requires_grad=True), torch.randn(4, 64, requires_grad=True)

    def note(tensor: torch.Tensor) -> torch.Tensor:
        sizes.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        edge_dot(adj, x, y)
    assert max(sizes) == 5 * 64


def test_the_wider_type_wins(features) -> None:
    x, y = features
    assert edge_dot(matrix(), x.float(), y).dtype == torch.float64
    assert edge_dot(matrix(), x.float(), y.bfloat16()).dtype == torch.float32


def test_features_that_do_not_fit_are_errors(features) -> None:
    x, y = features
    with pytest.raises(ValueError, match=r"'x' needs to be of shape \[5, D\] in 'edge_dot' \(got \[4, 3\]\)"):
        edge_dot(matrix(), y, y)
    with pytest.raises(ValueError, match=r"'y' needs to be of shape \[4, 3\]"):
        edge_dot(matrix(), x, torch.randn(4, 2))


def test_ranks_that_hold_columns_add_up_their_parts(on_shards: Callable[..., bool]) -> None:
    adj = matrix()
    x = torch.linspace(-1, 1, 20, dtype=torch.float64).view(5, 4)
    assert not on_shards(lambda table: edge_dot(adj, table, table[:4].tanh()), x)
    assert not on_shards(lambda table: edge_dot(adj, table, x[:4]), x)
