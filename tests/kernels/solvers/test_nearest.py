import torch

from pygmmrec.kernels.solvers.nearest import NONE, best_columns, nearest

VALUES = torch.tensor([[9.0, 2.0, 2.0, 1.0], [3.0, 9.0, -torch.inf, 4.0], [0.0, 0.0, 9.0, 0.5]])


def test_the_largest_but_for_the_rows_own_ties_to_the_smaller() -> None:
    index, value = nearest(lambda block: VALUES[block].clone(), torch.arange(3), 4, 2)
    assert index.tolist() == [[1, 2], [3, 0], [3, 0]]
    assert value.tolist() == [[2.0, 2.0], [4.0, 3.0], [0.5, 0.0]]


def test_itself_and_some_rows_only() -> None:
    index, value = nearest(lambda block: VALUES[block].clone(), torch.tensor([2, 0]), 4, 1, itself=True)
    assert (index.tolist(), value.tolist()) == ([[2], [0]], [[9.0], [9.0]])


def test_what_is_missing_is_none_and_weighs_nothing() -> None:
    index, value = best_columns(VALUES, 6)
    assert index.dtype == torch.int32
    assert index[1].tolist() == [1, 3, 0, NONE, NONE, NONE]
    assert value[1].tolist() == [9.0, 4.0, 3.0, 0.0, 0.0, 0.0]
