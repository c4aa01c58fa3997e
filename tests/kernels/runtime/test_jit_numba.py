"""Kernels are compiled without the interpreter's lock, and kept on disk where there is a place."""

import torch

from pygmmrec.kernels.runtime import jit_numba


def test_a_compiled_function_and_its_cache(tmp_path) -> None:
    @jit_numba.jit
    def double(x):
        return 2 * x

    assert double(21) == 42
    assert double.targetoptions["nogil"]


def test_a_folder_that_cannot_be_written_to_costs_the_cache_and_nothing_else(monkeypatch) -> None:
    given = []

    def njit(function, cache=False, **options):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        given.append(options)
        return function

    monkeypatch.setattr(jit_numba, "njit", njit)
    assert jit_numba.jit(len) is len
    assert given == [{"nogil": True, "fastmath": {"contract"}}]


def test_an_array_has_the_numbers_row_by_row() -> None:
    x = torch.arange(6.0).view(2, 3).requires_grad_()
    found = jit_numba.array(x.t())
    assert found.flags.c_contiguous
    assert found.tolist() == [[0, 3], [1, 4], [2, 5]]
