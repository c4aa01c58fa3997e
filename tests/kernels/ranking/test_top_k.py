"""The largest entries of each row, by torch and compiled, against sorting."""

import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.ranking.top_k import GROUP, group_maxima, top_k, top_k_ref
from pygmmrec.kernels.runtime import dispatch


@pytest.fixture(params=[False, True], ids=["torch", "compiled"], autouse=True)
def kernel(request, monkeypatch) -> bool:
    """With torch's kernel, and with that of numba."""
    monkeypatch.setattr(dispatch, "COMPILE", request.param)
    return request.param


def some(num_rows: int, num_columns: int, share: float) -> tuple[Tensor, Tensor]:
    """Entries to leave out, by row."""
    row, column = (torch.rand(num_rows, num_columns) < share).nonzero().t()
    return row, column


def check(x: Tensor, k: int, left_out: tuple[Tensor, Tensor] | None = None) -> None:
    before = x.clone()
    value, column = top_k(x, k, left_out)
    assert torch.equal(x, before)
    expected, where = top_k_ref(x, k, left_out)
    assert torch.equal(value, expected)
    assert torch.equal(column[value > -torch.inf], where[value > -torch.inf])
    assert all(len(set(each)) == k for each in column.tolist())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("k", [1, 5, 20])
@pytest.mark.parametrize("num_columns", [20, 31, 32, 33, 700, 3000])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5])
def test_they_are_those_of_sorting(dtype, k, num_columns, share) -> None:
    x = torch.randn(9, num_columns, dtype=dtype)
    check(x, k, some(9, num_columns, share))
    check(x.abs(), k)
    check(-x.abs() * 1e30, k)


def test_some_rows_lose_more_than_others() -> None:
    x, out = torch.randn(6, 2000), some(6, 2000, 0.002)
    row = torch.cat([out[0], torch.full((1990,), 5)])
    column = torch.cat([out[1], torch.arange(1990)])
    keep = (out[0] != 5).nonzero().flatten()
    order = torch.cat([keep, torch.arange(len(out[0]), len(row))])
    check(x, 10, (row[order], column[order]))


def test_rows_short_of_entries_end_in_those_left_out() -> None:
    x = torch.randn(2, 100)
    row, column = torch.zeros(97, dtype=torch.int64), torch.arange(97)
    value, where = top_k(x, 5, (row, column))
    assert set(where[0, :3].tolist()) == {97, 98, 99}
    assert value[0, 3:].tolist() == [-torch.inf] * 2
    assert len(set(where[0].tolist())) == 5


def test_infinite_entries() -> None:
    x = torch.randn(4, 500)
    x[0, ::2], x[1, 7], x[2] = -torch.inf, torch.inf, -torch.inf
    check(x, 3)
    check(x, 300)


def test_of_equal_entries_the_first_comes_first_where_compiled(kernel) -> None:
    x = torch.randint(3, (7, 900)).float()
    value, column = top_k(x, 40)
    expected, where = top_k_ref(x, 40)
    assert torch.equal(value, expected)
    assert not kernel or torch.equal(column, where)


@pytest.mark.parametrize("num_rows", [0, 1, 2, 5])
def test_few_rows_and_many_threads(num_rows, monkeypatch, kernel) -> None:
    if kernel:
        from pygmmrec.kernels.ranking import top_k_numba

        monkeypatch.setattr(top_k_numba, "GRAIN", 1)
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        check(torch.randn(num_rows, 400), 10, some(num_rows, 400, 0.1))
    finally:
        torch.set_num_threads(before)


def test_rows_apart_expanded_and_by_columns() -> None:
    check(torch.randn(5, 64)[:, :50], 7, some(5, 50, 0.1))
    check(torch.randn(50).expand(5, 50), 7, some(5, 50, 0.1))
    check(torch.randn(50, 5).t(), 7, some(5, 50, 0.1))


@pytest.mark.parametrize("num_columns", [1, GROUP, 2 * GROUP, 2 * GROUP + 1, 100])
def test_group_maxima(num_columns) -> None:
    x = torch.randn(4, num_columns)
    found = group_maxima(x)
    expected = torch.stack([part.amax(dim=1) for part in x.split(GROUP, dim=1)], dim=1)
    assert torch.equal(found, expected)
    x[2, -1] = torch.nan
    assert group_maxima(x).isnan().nonzero().tolist() == [[2, found.size(1) - 1]]
