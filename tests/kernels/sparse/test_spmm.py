import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor
from torch_geometric import EdgeIndex

from pygmmrec.kernels.columns.column_shard import ColumnShard
from pygmmrec.kernels.columns.ranks import Ranks
from pygmmrec.kernels.runtime import dispatch
from pygmmrec.kernels.sparse import spmm as module
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.edge_dot import edge_dot_ref
from pygmmrec.kernels.sparse.spmm import (
    as_adj,
    dot,
    multiply,
    multiply_add,
    spmm,
    spmm_ref,
    spmm_rows,
    spread,
)

SIZE = (9, 7)  # sources, destinations


@pytest.fixture
def edges() -> Tensor:
    """Unsorted distinct edges; the last source and destination have none."""
    pairs = (torch.rand(8, 6) < 0.4).nonzero()
    return pairs[torch.randperm(len(pairs))].t().contiguous()


@pytest.fixture
def weight(edges) -> Tensor:
    return torch.randn(edges.size(1), dtype=torch.float64)


def forms(edges: Tensor, weight: Tensor) -> dict[str, tuple[Any, Tensor | None]]:
    """The same graph in every form but torch_sparse's, with the weights that go beside it."""
    num_src, num_dst = SIZE
    coo = torch.sparse_coo_tensor(edges.flip(0), weight, (num_dst, num_src))
    return {
        "edge_index": (edges, weight),
        "EdgeIndex": (EdgeIndex(edges, sparse_size=SIZE), weight),
        "COO": (coo, None),
        "CSR": (coo.coalesce().to_sparse_csr(), None),
        "CSC": (coo.coalesce().to_sparse_csc(), None),
        "Adj": (Adj.from_edge_index(edges, weight, size=SIZE), None),
    }


@pytest.mark.parametrize("form", ["edge_index", "EdgeIndex", "COO", "CSR", "CSC", "Adj"])
def test_every_form_gives_the_same_product(edges, weight, form, to_dense) -> None:
    graph, beside = forms(edges, weight)[form]
    x = torch.randn(9, 3, dtype=torch.float64)
    out = spmm(as_adj(graph, beside, size=SIZE), x)
    torch.testing.assert_close(out, to_dense(edges, weight, SIZE) @ x, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("form", ["COO", "CSR", "CSC", "Adj"])
def test_a_matrix_of_any_form_is_multiplied_as_it_is(edges, weight, form, to_dense) -> None:
    x = torch.randn(9, 3, dtype=torch.float64)
    expected = to_dense(edges, weight, SIZE) @ x
    torch.testing.assert_close(spmm(forms(edges, weight)[form][0], x), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("kind", [lambda edges: edges, lambda edges: EdgeIndex(edges, sparse_size=(9, 9))])
def test_an_edge_index_is_of_one_set_of_nodes(edges, weight, kind, to_dense) -> None:
    x = torch.randn(9, 3, dtype=torch.float64)
    expected = to_dense(edges, weight, (9, 9)) @ x
    torch.testing.assert_close(spmm(kind(edges), x, weight), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.sparse
@pytest.mark.parametrize("weighted", [False, True])
def test_a_sparse_tensor_gives_the_same_product(edges, weight, to_dense, weighted) -> None:
    torch_sparse = pytest.importorskip("torch_sparse")
    weight = weight if weighted else None
    graph = torch_sparse.SparseTensor(row=edges[1], col=edges[0], value=weight, sparse_sizes=SIZE[::-1])
    x = torch.randn(9, 3, dtype=torch.float64)
    for out in (spmm(as_adj(graph, size=SIZE), x), spmm(graph, x)):
        torch.testing.assert_close(out, to_dense(edges, weight, SIZE).double() @ x, rtol=1e-10, atol=1e-10)


def test_an_adj_is_taken_as_it_is(edges, weight) -> None:
    adj = Adj.from_edge_index(edges, weight, size=SIZE)
    assert as_adj(adj, size=SIZE) is adj


def test_repeated_entries_of_a_coo_matrix_add_up() -> None:
    coo = torch.sparse_coo_tensor(torch.tensor([[0, 0], [1, 1]]), torch.tensor([2.0, 3.0]), (2, 2))
    assert as_adj(coo, size=(2, 2)).to_dense().tolist() == [[0, 5], [0, 0]]


def test_int32_indices_of_a_csr_matrix_become_int64() -> None:
    rowptr, col = torch.tensor([0, 1, 2], dtype=torch.int32), torch.tensor([1, 0], dtype=torch.int32)
    adj = as_adj(torch.sparse_csr_tensor(rowptr, col, torch.ones(2), (2, 2)), size=(2, 2))
    assert adj.rowptr.dtype == adj.col.dtype == torch.int64


@pytest.mark.parametrize("form", ["edge_index", "EdgeIndex", "COO", "CSR", "CSC", "Adj"])
def test_a_size_that_does_not_fit_is_an_error(edges, weight, form) -> None:
    edges[:, 0] = torch.tensor([8, 6])  # the last source and the last destination
    graph, beside = forms(edges, weight)[form]
    with pytest.raises(ValueError, match="'adj' needs to be"):
        as_adj(graph, beside, size=(8, 7))
    with pytest.raises(ValueError, match="'adj' needs to be"):
        as_adj(graph, beside, size=(9, 6))


def test_wrong_graphs_are_errors(edges, weight) -> None:
    for wrong in ([[0, 1], [1, 2]], None, "graph"):
        with pytest.raises(TypeError, match=rf"'adj' needs to be an Adj, .*got {type(wrong).__name__}"):
            as_adj(wrong, size=SIZE)
    with pytest.raises(ValueError, match=r"'adj' needs to be an edge index \[2, E\] .*got \[3, 4\]"):
        as_adj(torch.zeros(3, 4, dtype=torch.int64), size=SIZE)
    with pytest.raises(ValueError, match=r"'adj' needs to be within \(9, 7\) .*got \[-1, "):
        as_adj(edges - 1, size=SIZE)
    with pytest.raises(ValueError, match="'edge_weight' needs to be None where 'adj' is a matrix"):
        as_adj(Adj.from_edge_index(edges, size=SIZE), weight, size=SIZE)


def both(adj: Adj, x: Tensor, *inputs: Tensor) -> list[tuple[Tensor, Tensor]]:
    """Output and gradients of the product and of its plain twin, in pairs."""
    factor = torch.randn(adj.num_rows, x.size(1), dtype=x.dtype)
    results = []
    for function in (spmm, spmm_ref):
        out = function(adj, x)
        results.append([out, *torch.autograd.grad((out * factor).sum(), inputs, retain_graph=True)])
    return list(zip(*results, strict=True))


@pytest.mark.parametrize("block", [3, 1 << 18])
@pytest.mark.parametrize("transposed", [False, True])
def test_product_and_gradients_are_those_of_the_plain_twin(
    edges, weight, monkeypatch, block, transposed
) -> None:
    monkeypatch.setattr(module, "EDGE_BLOCK", block)
    weight.requires_grad_()
    adj = Adj.from_edge_index(edges, weight, size=SIZE)
    adj = adj.t() if transposed else adj
    x = torch.randn(adj.num_cols, 4, dtype=torch.float64, requires_grad=True)
    for actual, expected in both(adj, x, x, weight):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)


def test_gradcheck(edges, weight) -> None:
    x = torch.randn(9, 2, dtype=torch.float64, requires_grad=True)
    weight.requires_grad_()

    def product(value: Tensor, features: Tensor) -> Tensor:
        return spmm(Adj.from_edge_index(edges, value, size=SIZE), features)

    assert torch.autograd.gradcheck(product, (weight, x))


def test_a_directed_graph_is_not_taken_for_symmetric() -> None:
    k, num = 3, 8
    rowptr = torch.arange(0, num * k + 1, k)
    col = torch.stack([torch.randperm(num)[:k].sort().values for _ in range(num)]).flatten()
    adj = Adj(rowptr, col, torch.rand(num * k, dtype=torch.float64), num_cols=num)
    assert not torch.equal(adj.to_dense(), adj.to_dense().t())
    x = torch.randn(num, 2, dtype=torch.float64, requires_grad=True)
    for actual, expected in both(adj, x, x):
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)


def test_parallel_edges_add_up() -> None:
    weight = torch.tensor([2.0, 3.0, 4.0], dtype=torch.float64, requires_grad=True)
    adj = Adj.from_edge_index(torch.tensor([[1, 1, 0], [0, 0, 2]]), weight, size=(2, 3))
    x = torch.tensor([[1.0], [10.0]], dtype=torch.float64, requires_grad=True)
    out = spmm(adj, x)
    assert out.flatten().tolist() == [50, 0, 4]
    out.sum().backward()
    assert weight.grad.tolist() == [10, 10, 1]
    assert x.grad.flatten().tolist() == [4, 5]


def test_an_empty_graph() -> None:
    weight = torch.empty(0, requires_grad=True)
    adj = Adj.from_edge_index(torch.empty(2, 0, dtype=torch.int64), weight, size=SIZE)
    x = torch.randn(9, 3, requires_grad=True)
    out = spmm(adj, x)
    assert torch.equal(out, torch.zeros(7, 3))
    out.sum().backward()
    assert torch.equal(x.grad, torch.zeros(9, 3))
    assert weight.grad.shape == (0,)


def test_gradient_is_right_above_46341_rows() -> None:
    """With int32 indices, rows · rows overflows there and torch's reduce kernel is silently wrong."""
    num = 50_000
    edges = torch.randint(num, (2, 2_000))
    edges[:, :2] = torch.tensor([[num - 1, 0], [num - 1, num - 1]])
    weight = torch.rand(2_000, requires_grad=True)
    adj = Adj.from_edge_index(edges, weight, size=(num, num))
    x, factor = torch.randn(num, 2, requires_grad=True), torch.randn(num, 2)
    out = spmm(adj, x)
    (out * factor).sum().backward()
    src, dst = edges
    expected = torch.zeros(num, 2).index_add(0, dst, x.detach()[src] * weight.detach()[:, None])
    expected_grad = torch.zeros(num, 2).index_add(0, src, factor[dst] * weight.detach()[:, None])
    torch.testing.assert_close(out, expected)
    torch.testing.assert_close(x.grad, expected_grad)
    torch.testing.assert_close(weight.grad, (factor[dst] * x.detach()[src]).sum(-1))


def test_weights_of_a_frozen_graph_get_no_gradient_and_the_transpose_is_kept(edges, weight) -> None:
    adj = Adj.from_edge_index(edges, weight, size=SIZE)
    x = torch.randn(9, 3, dtype=torch.float64, requires_grad=True)
    spmm(adj, x).sum().backward()
    assert adj._transpose is not None
    assert not adj.t().value.requires_grad
    out = spmm(adj.t(), torch.randn(7, 2, dtype=torch.float64))
    assert out.shape == (9, 2)


def test_the_transpose_of_the_backward_pass_does_not_outlive_a_change_of_weights(edges, weight) -> None:
    weight.requires_grad_()
    adj = Adj.from_edge_index(edges, size=SIZE).with_value(weight)
    for _ in range(3):
        x = torch.randn(9, 3, dtype=torch.float64, requires_grad=True)
        for actual, expected in both(adj, x, x, weight):
            torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)
        out = spmm(adj.t(), torch.randn(7, 2, dtype=torch.float64))
        assert torch.autograd.grad(out.sum(), weight)[0].abs().sum() > 0
        with torch.no_grad():
            weight += torch.randn_like(weight)


@pytest.mark.parametrize(("left", "right"), [(torch.float32, torch.float64), (torch.float64, torch.float32)])
def test_the_wider_type_wins(edges, weight, left, right) -> None:
    adj = Adj.from_edge_index(edges, weight.to(left), size=SIZE)
    x = torch.randn(9, 3, dtype=right, requires_grad=True)
    out = spmm(adj, x)
    assert out.dtype == torch.float64
    torch.testing.assert_close(out, adj.to_dense().double() @ x.double(), rtol=1e-10, atol=1e-10)
    out.sum().backward()
    assert x.grad.dtype == right


def test_multiply_takes_rows_that_are_not_contiguous(edges, weight) -> None:
    adj = Adj.from_edge_index(edges, weight, size=SIZE)
    x = torch.randn(3, 9, dtype=torch.float64).t()
    torch.testing.assert_close(multiply(adj, x), adj.to_dense() @ x)


def test_features_that_do_not_fit_are_an_error(edges) -> None:
    adj = Adj.from_edge_index(edges, size=SIZE)
    for wrong in (torch.randn(7, 3), torch.randn(9)):
        with pytest.raises(ValueError, match=r"'x' needs to be of shape \[9, D\] in 'spmm'"):
            spmm(adj, wrong)


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("divisor", [1, 3])
@pytest.mark.parametrize("with_base", [False, True])
def test_a_sum_and_a_division_after_the_product(
    edges, weight, monkeypatch, compile, divisor, with_base
) -> None:
    monkeypatch.setattr(dispatch, "COMPILE", compile)
    adj = Adj.from_edge_index(edges, weight, size=SIZE)
    x = torch.randn(9, 3, dtype=torch.float64)
    base = torch.randn(7, 3, dtype=torch.float64) if with_base else None
    before = None if base is None else base.clone()
    product = adj.to_dense() @ x
    expected = (product if base is None else product + base) / divisor
    actual = multiply_add(adj, x, base, divisor=divisor)
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)
    assert base is None or torch.equal(base, before)


def test_the_compiled_kernel_is_not_loaded_before_the_first_product() -> None:
    # Whether numba itself is loaded is up to PyG, which does so where it finds it.
    script = "import sys, pygmmrec.models as m; assert 'pygmmrec.kernels.sparse.spmm' in sys.modules; "
    script += "assert 'pygmmrec.kernels.sparse.spmm_numba' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_switched_off_the_product_is_that_of_torch(edges, weight, monkeypatch) -> None:
    monkeypatch.setattr(dispatch, "COMPILE", False)
    adj = Adj.from_edge_index(edges, weight, size=SIZE)
    x = torch.randn(9, 3, dtype=torch.float64)
    assert torch.equal(multiply(adj, x), torch.sparse.mm(adj.csr(), x, "sum"))


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
@pytest.mark.parametrize("num_threads", [1, 3])
@pytest.mark.parametrize("num_edges", [0, 1, 40, 48, 49, 500])  # of 48 places
@pytest.mark.parametrize("dim", [0, 1, 65])
def test_dot_products_of_entries(dtype, tolerance, num_threads, num_edges, dim) -> None:
    edges = torch.stack([torch.randint(6, (num_edges,)), torch.randint(5, (num_edges,))])  # some repeat
    adj = Adj.from_edge_index(edges, torch.full((num_edges,), torch.nan), size=(6, 8))  # places count alone
    x, y = torch.randn(8, dim, dtype=dtype), torch.randn(dim, 6, dtype=dtype).t()
    before = torch.get_num_threads()
    torch.set_num_threads(num_threads)
    try:
        found = dot(adj, x, y)
    finally:
        torch.set_num_threads(before)
    assert found.dtype == dtype
    torch.testing.assert_close(found, edge_dot_ref(adj, x, y), rtol=tolerance, atol=tolerance)
    assert adj.value.isnan().all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_dot_products_in_other_types_are_gathered_in_blocks(edges, weight, monkeypatch, dtype) -> None:
    monkeypatch.setattr(module, "EDGE_BLOCK", 2)
    monkeypatch.setattr(torch.sparse, "sampled_addmm", None)
    adj = Adj.from_edge_index(edges, weight, size=SIZE)
    x = torch.randn(7, 3).to(dtype)
    y = torch.randn(9, 3).to(torch.float32 if dtype == torch.float64 else dtype)  # of two types
    assert torch.equal(dot(adj, x, y), edge_dot_ref(adj, x, y))


INDEX = torch.tensor([3, 0, 3, 5])
"""Rows, one of them twice."""


@pytest.fixture(params=[False, True], ids=["torch", "compiled"])
def matrix(request, monkeypatch) -> Adj:
    """8 rows, 6 columns; row 0 and the last column are empty. With torch's kernel, and with that of numba."""
    monkeypatch.setattr(dispatch, "COMPILE", request.param)
    dense = torch.rand(8, 6, dtype=torch.float64) * (torch.rand(8, 6) < 0.5)
    dense[0], dense[:, 5] = 0, 0
    return as_adj(dense.to_sparse_coo(), size=(6, 8))


@pytest.mark.parametrize("weighted", [False, True])
def test_some_rows_of_a_product_and_their_gradient(matrix, weighted) -> None:
    x = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    value = matrix.value.clone().requires_grad_(weighted)
    adj, factor = matrix.with_value(value), torch.randn(4, 3, dtype=torch.float64)
    inputs = (x, value) if weighted else (x,)
    found, expected = spmm_rows(adj, x, INDEX), spmm_ref(adj, x)[INDEX]
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    grads = [torch.autograd.grad(out, inputs, factor, retain_graph=True) for out in (found, expected)]
    torch.testing.assert_close(*grads, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("divisor", [1, 3])
@pytest.mark.parametrize("with_base", [False, True])
def test_some_rows_with_a_sum_and_a_division(matrix, divisor, with_base) -> None:
    x, base = torch.randn(6, 3, dtype=torch.float64), torch.randn(8, 3, dtype=torch.float64)
    added = base if with_base else torch.zeros_like(base)
    expected = (((matrix.to_dense() @ x) + added) / divisor)[INDEX]
    found = multiply_add(matrix, x, base if with_base else None, divisor=divisor, index=INDEX)
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("divisor", [1, 3])
@pytest.mark.parametrize("with_base", [False, True])
@pytest.mark.parametrize("dim", [1, 3, 40])
def test_what_some_rows_pass_back(matrix, divisor, with_base, dim) -> None:
    x, base = torch.randn(4, dim, dtype=torch.float64), torch.randn(3, dim, dtype=torch.float64)
    where = torch.tensor([5, 1, 5])
    expected = matrix.to_dense()[INDEX].t() @ x
    if with_base:
        expected.index_add_(0, where, base)
    given = (base, where) if with_base else (None, None)
    found = spread(matrix, x, INDEX, *given, divisor=divisor)
    torch.testing.assert_close(found, expected / divisor, rtol=1e-12, atol=1e-12)


def test_features_that_do_not_fit_some_rows_are_an_error(matrix) -> None:
    with pytest.raises(
        ValueError, match=r"'x' needs to be of shape \[6, D\] in 'spmm_rows' \(got \[7, 2\]\)"
    ):
        spmm_rows(matrix, torch.ones(7, 2), INDEX)


def weighted(adj: Adj, x: Tensor, value: Tensor) -> Tensor:
    """A loss of a product with weights that are learned."""
    return spmm(adj.with_value(value), x).tanh().square().sum()


def test_ranks_that_hold_columns_multiply_their_own(on_shards: Callable[..., bool], edges: Tensor) -> None:
    adj = Adj.from_edge_index(edges, size=SIZE).to(torch.float64)
    x = torch.linspace(-1, 1, 36, dtype=torch.float64).view(9, 4)
    index = torch.tensor([0, 3, 3])
    assert on_shards(lambda table: spmm(adj, table), x)
    assert on_shards(lambda table: spmm_rows(adj, table, index), x)
    assert on_shards(lambda table: spmm(adj, table.softmax(dim=1) + table), x)


@pytest.mark.parametrize("is_summed", [True, False])
def test_learned_weights_need_the_sum_over_ranks(
    two_ranks: Callable[..., list[Any]], edges: Tensor, monkeypatch: pytest.MonkeyPatch, is_summed: bool
) -> None:
    adj = Adj.from_edge_index(edges, size=SIZE).to(torch.float64)
    x = torch.linspace(-1, 1, 36, dtype=torch.float64).view(9, 4)
    value = torch.linspace(0.5, 1.5, adj.nnz, dtype=torch.float64, requires_grad=True)
    weighted(adj, x, value).backward()  # type: ignore[no-untyped-call]

    def grad(ranks: Ranks) -> Tensor:
        own = value.detach().clone().requires_grad_()
        loss = weighted(adj, ColumnShard.of(x, ranks), own)
        if not is_summed:
            monkeypatch.setattr(type(ranks), "total", lambda _, part: part)
        loss.backward()  # type: ignore[no-untyped-call]
        assert own.grad is not None
        return own.grad

    right = [torch.allclose(found, value.grad) for found in two_ranks(grad)]
    assert right == [is_summed, is_summed]
