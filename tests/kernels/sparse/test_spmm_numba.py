"""The compiled product: the values of torch's kernel, on any number of threads, in a forked process too."""

import subprocess
import sys

import pytest
import torch

from pygmmrec.kernels.runtime import dispatch
from pygmmrec.kernels.sparse import spmm_numba
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import multiply_add, spmm, spmm_rows, spread
from pygmmrec.nn import LightGCNPropagation
from pygmmrec.typing import Embeddings


def graph(num_rows: int, num_cols: int, num_edges: int, dtype=torch.float32, hub: int = 0) -> Adj:
    """Random entries, of which ``hub`` are in the second row; the last row and column have none."""
    src, dst = torch.randint(num_cols - 1, (num_edges,)), torch.randint(num_rows - 1, (num_edges,))
    dst[:hub] = 1
    weight = torch.randn(num_edges, dtype=dtype)
    return Adj.from_edge_index(torch.stack([src, dst]), weight, size=(num_cols, num_rows))


@pytest.fixture(autouse=True)
def small_graphs_too(monkeypatch):
    monkeypatch.setattr(spmm_numba, "LARGE", 0)


@pytest.fixture
def threads(monkeypatch):
    """Setter of the number of threads, of which even the smallest graph uses all."""
    monkeypatch.setattr(spmm_numba, "GRAIN", 1)
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-6), (torch.float64, 1e-12)])
@pytest.mark.parametrize("dim", [1, 3, 16, 65])
@pytest.mark.parametrize("divisor", [1, 3])
@pytest.mark.parametrize("with_base", [False, True])
def test_values_are_those_of_the_dense_formula(dtype, tolerance, dim, divisor, with_base) -> None:
    adj = graph(13, 9, 70, dtype)
    x = torch.randn(9, dim, dtype=dtype)
    base = torch.randn(13, dim, dtype=dtype) if with_base else None
    expected = adj.to_dense().double() @ x.double()
    expected = (expected if base is None else expected + base.double()) / divisor
    out = multiply_add(adj, x, base, divisor=divisor)
    assert out.dtype == dtype
    torch.testing.assert_close(out.double(), expected, rtol=tolerance, atol=4 * tolerance)


@pytest.mark.parametrize("num_threads", [2, 3, 40])
@pytest.mark.parametrize("hub", [0, 150])
def test_the_number_of_threads_changes_nothing(threads, num_threads, hub) -> None:
    adj, x, base = graph(30, 21, 200, hub=hub), torch.randn(21, 5), torch.randn(30, 5)
    threads(1)
    expected = multiply_add(adj, x, base, divisor=3)
    threads(num_threads)
    assert torch.equal(multiply_add(adj, x, base, divisor=3), expected)


@pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"), reason="needs fused multiply-add"
)
def test_results_are_those_of_torch_to_the_last_bit(monkeypatch) -> None:
    adj, x, base = graph(300, 200, 5000), torch.randn(200, 64), torch.randn(300, 64)
    compiled = multiply_add(adj, x, base, divisor=3)
    monkeypatch.setattr(dispatch, "COMPILE", False)
    assert torch.equal(multiply_add(adj, x, base, divisor=3), compiled)


@pytest.mark.parametrize("num_threads", [1, 2, 3, 40])
@pytest.mark.parametrize("hub", [0, 150])
def test_some_rows_are_those_of_all_to_the_last_bit(threads, num_threads, hub) -> None:
    adj, x, base = graph(30, 21, 200, hub=hub), torch.randn(21, 50), torch.randn(30, 50)
    threads(1)
    every = multiply_add(adj, x, base, divisor=3)
    threads(num_threads)
    for index in (torch.tensor([28, 1, 0, 1, 29, 7]), torch.empty(0, dtype=torch.int64)):
        assert torch.equal(multiply_add(adj, x, base, divisor=3, index=index), every[index])


@pytest.mark.parametrize("num_threads", [1, 2, 3, 40])
@pytest.mark.parametrize("dim", [1, 16, 50])
@pytest.mark.parametrize("divisor", [1, 3])
@pytest.mark.parametrize("with_base", [False, True])
def test_what_some_rows_pass_back_is_that_of_all_to_the_last_bit(
    threads, num_threads, dim, divisor, with_base
) -> None:
    adj, index, where = graph(30, 21, 200, hub=100), torch.tensor([0, 1, 7, 28]), torch.tensor([3, 20])
    x, base = torch.randn(4, dim), torch.randn(2, dim)
    threads(1)
    full = torch.zeros(30, dim)
    full[index] = x
    added = torch.zeros(21, dim)
    added[where] = base
    expected = multiply_add(adj.t(), full, added if with_base else None, divisor=divisor)
    threads(num_threads)
    given = (base, where) if with_base else (None, None)
    assert torch.equal(spread(adj, x, index, *given, divisor=divisor), expected)


def test_some_rows_take_it_and_touch_no_others(monkeypatch) -> None:
    adj, index = graph(30, 21, 200), torch.tensor([4, 7])
    calls = []
    for name in ("compiled_multiply_add", "compiled_spread"):
        original = getattr(spmm_numba, name)
        monkeypatch.setattr(
            spmm_numba, name, lambda *a, name=name, original=original: calls.append(name) or original(*a)
        )
    x = torch.randn(21, 5)
    others = torch.ones(21, dtype=torch.bool).index_fill(0, adj.col[(adj.row == 4) | (adj.row == 7)], False)
    assert others.any()
    x[others] = torch.nan  # which would be in the gradient's way, too
    x.requires_grad_()
    out = spmm_rows(adj, x, index)
    (grad,) = torch.autograd.grad(out, x, torch.ones_like(out))
    assert out.isfinite().all()
    assert torch.equal(grad[others], torch.zeros_like(grad[others]))
    assert calls == ["compiled_multiply_add", "compiled_spread"]


@pytest.mark.parametrize("num_layers", [1, 2, 3])
def test_rows_of_a_stack_are_those_of_all_and_cost_less(monkeypatch, num_layers) -> None:
    calls, original = [], spmm_numba.compiled_spread
    monkeypatch.setattr(spmm_numba, "compiled_spread", lambda *a: calls.append(a) or original(*a))
    adj, module = graph(30, 21, 200), LightGCNPropagation(num_layers)
    user, item = (torch.randn(n, 5, requires_grad=True) for n in (21, 30))
    at = Embeddings(torch.tensor([3, 20, 3]), torch.tensor([29, 0, 1, 0]))  # some repeat
    found, every = module(user, item, adj, at=at), module(user, item, adj)
    wanted = (every.user[at.user], every.item[at.item])
    factors = [torch.randn_like(part) for part in wanted]
    assert all(map(torch.equal, found, wanted))
    grads = [torch.autograd.grad(out, (user, item), factors) for out in (found, wanted)]
    torch.testing.assert_close(*grads, rtol=1e-5, atol=1e-6)
    assert len(calls) == 2


def test_products_and_their_gradients_take_it(monkeypatch) -> None:
    calls = []

    def counted(*arguments):
        calls.append(arguments)
        return original(*arguments)

    original = spmm_numba.compiled_multiply_add
    monkeypatch.setattr(spmm_numba, "compiled_multiply_add", counted)
    adj = graph(8, 6, 30, torch.float64)
    user, item = (torch.randn(n, 3, dtype=torch.float64, requires_grad=True) for n in (6, 8))
    results = []
    for compiled, num_calls in ((True, 14), (False, 0)):
        monkeypatch.setattr(dispatch, "COMPILE", compiled)
        calls.clear()
        out = (*LightGCNPropagation(3)(user, item, adj), spmm(adj, user))  # 6 products and 1
        factors = [torch.linspace(-1, 1, each.numel(), dtype=torch.float64).view_as(each) for each in out]
        results.append([*out, *torch.autograd.grad(out, (user, item), factors)])
        assert len(calls) == num_calls
    for actual, expected in zip(*results, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-12, atol=1e-12)


def test_gradcheck() -> None:
    adj = graph(5, 4, 12, torch.float64)
    x = torch.randn(4, 2, dtype=torch.float64, requires_grad=True)
    value = adj.value.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda v, x: spmm(adj.with_value(v), x), (value, x))


def test_rows_that_are_not_contiguous_and_the_gradient_of_a_sum() -> None:
    adj = graph(8, 6, 30)
    x = torch.randn(3, 6).t().requires_grad_()
    out = spmm(adj, x)
    torch.testing.assert_close(out, adj.to_dense() @ x)
    (grad,) = torch.autograd.grad(out.sum(), x)  # whose gradient is one number, expanded
    torch.testing.assert_close(grad, adj.to_dense().sum(0)[:, None].expand(6, 3))


def test_an_empty_graph(threads) -> None:
    threads(2)
    adj = Adj.from_edge_index(torch.empty(2, 0, dtype=torch.int64), size=(6, 8))
    base = torch.randn(8, 3)
    assert torch.equal(multiply_add(adj, torch.randn(6, 3)), torch.zeros(8, 3))
    assert torch.equal(multiply_add(adj, torch.randn(6, 3), base), base)


def test_small_products_on_several_threads_are_left_to_torch(threads, monkeypatch) -> None:
    adj = graph(8, 6, 30)
    monkeypatch.setattr(spmm_numba, "LARGE", 31 * 3)
    threads(1)
    assert spmm_numba.pays(adj, torch.ones(6, 3))
    threads(2)
    assert not spmm_numba.pays(adj, torch.ones(6, 3))
    assert spmm_numba.pays(adj, torch.ones(6, 4))


def test_half_precision_is_left_to_torch() -> None:
    adj = graph(8, 6, 30).to(torch.bfloat16)
    out = multiply_add(adj, torch.ones(6, 4, dtype=torch.bfloat16))
    assert out.dtype == torch.bfloat16
    torch.testing.assert_close(out[:, 0], adj.to_dense().float().sum(1).bfloat16(), rtol=0.05, atol=0.05)


def test_a_forked_process_starts_threads_of_its_own() -> None:
    script = """
import os, torch
from pygmmrec.kernels.sparse import spmm_numba
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.spmm import multiply_add

spmm_numba.GRAIN, spmm_numba.LARGE = 1, 0
torch.set_num_threads(2)
adj, x = Adj.from_edge_index(torch.tensor([[0, 1, 2], [2, 1, 0]]), size=(3, 3)), torch.eye(3)
expected = multiply_add(adj, x)
child = os.fork()
if child == 0:
    os._exit(0 if torch.equal(multiply_add(adj, x), expected) else 1)
assert os.waitpid(child, 0)[1] == 0
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
