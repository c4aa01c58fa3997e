import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import DotAttentionConv
from pygmmrec.typing import Embeddings


@pytest.fixture
def inputs(edge_index):
    """User 4 and item 3 have no edge."""
    x = Embeddings(*(torch.randn(n, 3, dtype=torch.float64, requires_grad=True) for n in (5, 4)))
    to_item = Adj.from_edge_index(edge_index, size=(5, 4))
    return x, to_item.t(), to_item


def dense(x: Embeddings, edge_index, available) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention matrices [U, I] and [I, U]; a row without entries is zero."""
    known = torch.zeros(5, 4, dtype=torch.bool)
    known[edge_index[0], edge_index[1]] = True
    scores = x.user @ x.item.t()

    def attend(score, mask) -> torch.Tensor:
        weight = score.masked_fill(~mask, -1e9).softmax(dim=1)
        return weight * mask

    return attend(scores, known & available), attend(scores.t(), known.t())


@pytest.mark.parametrize("masked", [False, True])
def test_values_and_gradients_are_those_of_the_dense_formula(inputs, edge_index, masked) -> None:
    x, to_user, to_item = inputs
    available = torch.tensor([False, True, True, True]) if masked else None
    out, (of_user, of_item) = DotAttentionConv()(x, to_user, to_item, available)
    rows, columns = dense(x, edge_index, torch.ones(4, dtype=torch.bool) if available is None else available)
    expected = Embeddings(x.user + rows @ x.item, x.item + columns @ x.user)
    actual = [*out, to_user.with_value(of_user).to_dense(), to_item.with_value(of_item).to_dense()]
    wanted = [*expected, rows, columns]
    factors = [torch.randn_like(value) for value in wanted]
    for a, b in zip(actual, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)
    sums = [
        sum((f * value).sum() for f, value in zip(factors, values, strict=True))
        for values in (actual, wanted)
    ]
    left, right = (torch.autograd.grad(total, [*x]) for total in sums)
    for a, b in zip(left, right, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)


def test_a_node_without_edges_keeps_its_own(inputs) -> None:
    x, to_user, to_item = inputs
    out, _ = DotAttentionConv()(x, to_user, to_item)
    assert torch.equal(out.user[4], x.user[4])
    assert torch.equal(out.item[3], x.item[3])


def test_repr_and_errors(inputs) -> None:
    x, _, to_item = inputs
    assert repr(DotAttentionConv()) == "DotAttentionConv()"
    with pytest.raises(ValueError, match=r"'adj' needs to be of shape \[5, 4\]"):
        DotAttentionConv()(x, to_item, to_item)
