import io

import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj

SIZE = (6, 5)  # sources, destinations


@pytest.fixture
def edges() -> Tensor:
    """Unsorted, with a parallel edge (2 -> 1); source 4 and destination 3 have none."""
    return torch.tensor([[2, 0, 5, 2, 1, 0], [1, 4, 0, 1, 1, 2]])


@pytest.fixture
def weight() -> Tensor:
    return torch.arange(1.0, 7.0, dtype=torch.float64)


@pytest.fixture
def adj(edges, weight) -> Adj:
    return Adj.from_edge_index(edges, weight, size=SIZE)


def test_from_edge_index_sorts_and_keeps_parallel_edges(adj, edges, weight, to_dense) -> None:
    assert (adj.num_rows, adj.num_cols, adj.nnz) == (5, 6, 6)
    assert adj.rowptr.tolist() == [0, 1, 4, 5, 5, 6]
    assert adj.col.tolist() == [5, 1, 2, 2, 0, 0]
    assert adj.value.tolist() == [3, 5, 1, 4, 6, 2]  # stable: 1 before 4
    assert adj.row.tolist() == [0, 1, 1, 1, 2, 4]
    assert adj.degree().tolist() == [1, 3, 1, 0, 1]
    assert torch.equal(adj.to_dense(), to_dense(edges, weight, SIZE))
    assert torch.equal(adj.csr().to_dense(), adj.to_dense())


def test_weights_are_ones_if_not_given(edges) -> None:
    assert Adj.from_edge_index(edges, size=SIZE).value.tolist() == [1.0] * 6


def test_weights_keep_their_gradient(edges, weight) -> None:
    weight.requires_grad_()
    factor = torch.randn(5, 6, dtype=torch.float64)
    (Adj.from_edge_index(edges, weight, size=SIZE).to_dense() * factor).sum().backward()
    assert torch.equal(weight.grad, factor[edges[1], edges[0]])


def test_an_empty_matrix(to_dense) -> None:
    adj = Adj.from_edge_index(torch.empty(2, 0, dtype=torch.int64), size=SIZE)
    assert adj.nnz == 0
    assert torch.equal(adj.to_dense(), torch.zeros(5, 6))
    assert torch.equal(adj.t().to_dense(), torch.zeros(6, 5))


def test_transpose_is_built_once_and_knows_its_origin(adj) -> None:
    assert torch.equal(adj.t().to_dense(), adj.to_dense().t())
    assert adj.t() is adj.t()
    assert adj.t().t() is adj
    assert torch.equal(adj.t().col, adj.row[adj.transpose_perm])
    for row in range(6):
        assert adj.t().col[adj.t().rowptr[row] : adj.t().rowptr[row + 1]].diff().ge(0).all()


def test_a_symmetric_matrix_is_its_own_transpose() -> None:
    edges = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    adj = Adj.from_edge_index(edges, size=(3, 3), symmetric=True)
    assert adj.t() is adj
    assert "symmetric=True" in repr(adj)


@pytest.mark.parametrize("first_without_gradient", [False, True])
def test_transpose_carries_the_gradient_again_and_again(edges, weight, first_without_gradient) -> None:
    weight.requires_grad_()
    adj = Adj.from_edge_index(edges, size=SIZE).with_value(weight)
    factor = torch.randn(6, 5, dtype=torch.float64)
    if first_without_gradient:
        with torch.no_grad():
            assert torch.equal(adj.t().to_dense(), adj.to_dense().t())
    for _ in range(2):  # a kept transpose would be freed by the first backward
        weight.grad = None
        (adj.t().to_dense() * factor).sum().backward()
        assert torch.equal(weight.grad, factor[adj.col, adj.row])
    with torch.no_grad():  # as an optimiser does
        weight += 1
    assert torch.equal(adj.t().to_dense(), adj.to_dense().t())


def test_with_value_shares_structure_and_detach_cuts_the_gradient(adj, weight) -> None:
    perm = adj.transpose_perm
    other = adj.with_value((weight * 2).requires_grad_())
    assert other.col is adj.col
    assert other.transpose_perm is perm
    assert other.value.tolist() == [2, 4, 6, 8, 10, 12]
    assert torch.equal(other.t().to_dense(), other.to_dense().t())
    cut = other.detach()
    assert not cut.value.requires_grad
    assert torch.equal(cut.to_dense(), other.to_dense())
    assert adj.detach() is adj


def test_with_value_makes_no_promise_of_symmetry() -> None:
    adj = Adj.from_edge_index(torch.tensor([[0, 1], [1, 0]]), size=(2, 2), symmetric=True)
    other = adj.with_value(torch.tensor([1.0, 2.0]))
    assert torch.equal(other.t().to_dense(), torch.tensor([[0.0, 2.0], [1.0, 0.0]]))


def test_to_dtype_and_device(adj) -> None:
    assert adj.to(torch.float64) is adj
    half = adj.to(torch.float16)
    assert half.value.dtype == torch.float16
    assert torch.equal(half.to_dense().double(), adj.to_dense())
    meta = adj.to("meta")
    assert {x.device.type for x in (meta.rowptr, meta.col, meta.value)} == {"meta"}
    assert (meta.num_rows, meta.num_cols, meta.device.type) == (5, 6, "meta")
    square = Adj.from_edge_index(torch.tensor([[0, 1], [1, 0]]), size=(2, 2), symmetric=True)
    assert square.to(torch.float64).symmetric


def saved(adj: Adj) -> bytes:
    file = io.BytesIO()
    torch.save({"adj": adj}, file)
    return file.getvalue()


def test_saved_and_loaded_by_the_safe_loader(adj) -> None:
    torch.serialization.add_safe_globals([Adj])  # as pygmmrec.data.safe does
    loaded = torch.load(io.BytesIO(saved(adj)), weights_only=True)["adj"]
    assert torch.equal(loaded.to_dense(), adj.to_dense())
    assert torch.equal(loaded.t().to_dense(), adj.to_dense().t())


def test_what_can_be_computed_again_is_not_saved(adj) -> None:
    before = len(saved(adj))
    adj.t(), adj.csr(), adj.row
    assert len(saved(adj)) == before


def test_repr_says_shape_and_entries(adj) -> None:
    assert repr(adj) == "Adj([5, 6], nnz=6)"


def test_wrong_arguments_are_errors() -> None:
    rowptr, col = torch.tensor([0, 1, 2]), torch.tensor([0, 2])
    with pytest.raises(ValueError, match=r"'rowptr' needs to be int64 in 'Adj' \(got torch.int32\)"):
        Adj(rowptr.int(), col, num_cols=3)
    with pytest.raises(ValueError, match="'col' needs to be int64"):
        Adj(rowptr, col.int(), num_cols=3)
    with pytest.raises(ValueError, match=r"'value' needs to be of shape \[2\].*got \[3\]"):
        Adj(rowptr, col, torch.ones(3), num_cols=3)
    with pytest.raises(ValueError, match="'symmetric' needs to be False where the matrix is not square"):
        Adj(rowptr, col, num_cols=3, symmetric=True)


def test_kept_entries_stay_where_they_were() -> None:
    adj = Adj.from_edge_index(torch.tensor([[2, 0, 1, 0], [1, 1, 0, 3]]), torch.arange(1.0, 5), size=(3, 5))
    for mask in ([True, False, True, True], [False] * 4, [True] * 4):
        kept = adj.keep(torch.tensor(mask))
        assert kept.nnz == sum(mask)
        expected = adj.with_value(adj.value * torch.tensor(mask)).to_dense()
        assert torch.equal(kept.to_dense(), expected)
        assert torch.equal(kept.t().to_dense(), expected.t())
