import pytest

from pygmmrec.transforms import DropEdge, TakeTurns
from pygmmrec.typing import INTERACTS


def test_each_call_applies_the_next(toy_data) -> None:
    data = toy_data()
    turns = TakeTurns([DropEdge(0.0), DropEdge(0.5), DropEdge(0.9)])
    drawn = [turns(data) for _ in range(6)]
    assert [graph.thinned_by for graph in drawn] == [f"DropEdge(p={p})" for p in (0.0, 0.5, 0.9)] * 2
    num = data[INTERACTS].num_edges
    assert drawn[0][INTERACTS].num_edges == drawn[3][INTERACTS].num_edges == num
    assert drawn[2][INTERACTS].num_edges < drawn[1][INTERACTS].num_edges < num
    assert "thinned_by" not in data


def test_repr_and_errors() -> None:
    assert repr(TakeTurns([DropEdge(0.5)])) == "TakeTurns([DropEdge(p=0.5)])"
    with pytest.raises(ValueError, match="'transforms' needs to be at least one transform in 'TakeTurns'"):
        TakeTurns([])
