import pytest
import torch

from pygmmrec.transforms import BipartiteNorm, PrincipalEdges, PrincipalGraph, ToAdj
from pygmmrec.typing import INTERACTS, PRINCIPAL, REV_INTERACTS, THINNED, VALID


def test_both_directions_are_the_principal_graph(toy_data, to_dense) -> None:
    data = ToAdj()(PrincipalGraph(8)(BipartiteNorm()(toy_data())))
    data[INTERACTS].rating = torch.ones(data[INTERACTS].num_edges)
    epoch = ToAdj()(PrincipalEdges()(data))
    store = data[PRINCIPAL]
    expected = to_dense(store.edge_index, store.edge_weight, (9, 11))
    for edge_type, size, matrix in ((INTERACTS, (9, 11), expected), (REV_INTERACTS, (11, 9), expected.t())):
        there = epoch[edge_type]
        torch.testing.assert_close(to_dense(there.edge_index, there.edge_weight, size), matrix)
        torch.testing.assert_close(there.matrix.to_dense(), matrix)
    assert torch.equal(epoch[REV_INTERACTS].edge_index[0].sort().values, epoch[REV_INTERACTS].edge_index[0])
    assert "rating" not in epoch[INTERACTS]
    assert VALID in epoch[INTERACTS]


def test_the_graph_says_that_it_is_for_training_only(toy_data) -> None:
    data = PrincipalGraph(8)(toy_data())
    assert PrincipalEdges()(data)[THINNED] == "PrincipalEdges()"
    assert THINNED not in data


def test_without_a_principal_graph_there_is_an_error(toy_data) -> None:
    with pytest.raises(ValueError, match=r"a principal sub-graph .*Prepare it with mode='global'"):
        PrincipalEdges()(toy_data())
