import pytest
import torch
from torch import Tensor

from pygmmrec.nn import LatentItemGraph

NUM_ITEMS = 12


@pytest.fixture
def x() -> Tensor:
    return torch.randn(NUM_ITEMS, 3, dtype=torch.float64, requires_grad=True)


def dense_graph(x: Tensor, k: int, include_self: bool, norm: str, temperature: float | None = None) -> Tensor:
    """Equation 14 on the whole similarity matrix, with gradient; rows are the items that receive."""
    unit = x / x.norm(dim=1, keepdim=True)
    similarity = unit @ unit.t()
    candidates = similarity.detach().clone()
    if not include_self:
        candidates.fill_diagonal_(-2)
    keep = torch.zeros_like(candidates)
    keep.scatter_(1, candidates.topk(k, dim=1).indices, 1)
    sharp = similarity.clamp(min=0) if temperature is None else ((similarity - 1) / temperature).exp()
    graph = sharp * keep
    degree = graph.sum(dim=1)
    if norm == "row":
        return graph / degree[:, None]
    return graph / (degree[:, None] * degree).sqrt() if norm == "sym" else graph


@pytest.mark.parametrize("norm", ["row", "sym", "none"])
@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize(("k", "temperature"), [(2, None), (7, None), (4, 0.1)])
def test_values_and_gradients_are_those_of_the_dense_formula(x, k, include_self, norm, temperature) -> None:
    factor = torch.randn(NUM_ITEMS, NUM_ITEMS, dtype=torch.float64)
    adj = LatentItemGraph(k, include_self=include_self, norm=norm, temperature=temperature)(x)
    assert adj.nnz == NUM_ITEMS * k
    actual, expected = adj.to_dense(), dense_graph(x, k, include_self, norm, temperature)
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)
    grads = [torch.autograd.grad((graph * factor).sum(), x)[0] for graph in (actual, expected)]
    torch.testing.assert_close(*grads, rtol=1e-10, atol=1e-10)
    assert grads[0].ne(0).all()


def test_negative_similarities_weigh_nothing() -> None:
    x = torch.tensor([[1.0, 0.0], [-1.0, 0.1], [-1.0, -0.1]])
    graph = LatentItemGraph(2, include_self=False)(x).to_dense()
    assert graph[0].tolist() == [0, 0, 0]
    assert graph[1].tolist() == [0, 0, 1]


def test_columns_are_sorted_within_each_row(x) -> None:
    adj = LatentItemGraph(4)(x)
    assert adj.rowptr.tolist() == list(range(0, 4 * NUM_ITEMS + 1, 4))
    assert adj.col.view(NUM_ITEMS, 4).diff(dim=1).gt(0).all()


@pytest.mark.parametrize("norm", ["row", "sym", "none"])
@pytest.mark.parametrize("include_self", [True, False])
def test_an_item_without_features_has_a_finite_gradient(norm, include_self) -> None:
    x = torch.randn(NUM_ITEMS, 3)
    x[4] = 0
    x.requires_grad_()
    adj = LatentItemGraph(10, include_self=include_self, norm=norm)(x)
    (adj.value * torch.randn_like(adj.value)).sum().backward()
    assert adj.value.isfinite().all()
    assert x.grad.abs().max() < 1e3


@pytest.mark.parametrize("norm", ["row", "sym", "none"])
@pytest.mark.parametrize(("include_self", "k"), [(True, 3), (False, 3), (False, 12)])
def test_items_without_features_have_no_edges(x, include_self, k, norm) -> None:
    available = torch.ones(NUM_ITEMS, dtype=torch.bool)
    available[[0, 5, 11]] = False
    having = available.nonzero().squeeze(-1)
    most = min(k, 9 if include_self else 8)
    expected = torch.zeros(NUM_ITEMS, NUM_ITEMS, dtype=torch.float64)
    expected[having[:, None], having] = dense_graph(x[having], most, include_self, norm)
    adj = LatentItemGraph(k, include_self=include_self, norm=norm)(x, available)
    assert adj.nnz == 9 * most
    torch.testing.assert_close(adj.to_dense(), expected, rtol=1e-10, atol=1e-10)
    factor = torch.randn(NUM_ITEMS, NUM_ITEMS, dtype=torch.float64)
    grads = [torch.autograd.grad((graph * factor).sum(), x)[0] for graph in (adj.to_dense(), expected)]
    torch.testing.assert_close(*grads, rtol=1e-10, atol=1e-10)
    assert grads[0][available].ne(0).all()


def test_no_edge_where_no_item_has_a_candidate(x) -> None:
    nobody = torch.zeros(NUM_ITEMS, dtype=torch.bool)
    assert LatentItemGraph(3)(x, nobody).to_dense().eq(0).all()
    one = nobody.clone()
    one[4] = True
    assert LatentItemGraph(3, include_self=False)(x, one).nnz == 0
    assert LatentItemGraph(3, norm="sym")(x, one).to_dense().nonzero().tolist() == [[4, 4]]


def test_no_matrix_of_all_pairs_of_items() -> None:
    """Every tensor that autograd keeps is of the order of the edges."""
    num_items, k, sizes = 3000, 5, []
    x = torch.randn(num_items, 4, requires_grad=True)

    def note(tensor: Tensor) -> Tensor:
        sizes.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        LatentItemGraph(k)(x)
    assert max(sizes) <= num_items * k * 4


def test_repr_and_errors(x) -> None:
    shown = "LatentItemGraph(k=3, include_self=False, norm='sym', temperature=None, search='exact')"
    assert repr(LatentItemGraph(3, include_self=False, norm="sym")) == shown
    with pytest.raises(ValueError, match="'k' needs to be at least 1 in 'LatentItemGraph'"):
        LatentItemGraph(0)
    with pytest.raises(ValueError, match="'norm' needs to be one of"):
        LatentItemGraph(3, norm="col")
    with pytest.raises(ValueError, match="'k' needs to be between 1 and 12"):
        LatentItemGraph(13)(x)
    with pytest.raises(ValueError, match=r"'available' needs to be a bool mask \[12\]"):
        LatentItemGraph(3)(x, torch.ones(11, dtype=torch.bool))


def test_a_temperature_is_a_softmax_over_the_neighbours(x) -> None:
    cosine, sharp = LatentItemGraph(4, norm="none")(x), LatentItemGraph(4, temperature=0.01)(x)
    weight = (cosine.value.view(NUM_ITEMS, 4) / 0.01).softmax(dim=-1)
    clamped = cosine.value.view(NUM_ITEMS, 4) <= 0
    torch.testing.assert_close(sharp.value.view(NUM_ITEMS, 4)[~clamped], weight[~clamped])
    with pytest.raises(ValueError, match="'temperature' needs to be positive"):
        LatentItemGraph(4, temperature=0.0)
