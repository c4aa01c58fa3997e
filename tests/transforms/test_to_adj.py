import copy

import pytest
import torch

from pygmmrec.transforms import BipartiteNorm, FuseItemGraphs, ItemKNNGraph, ProfileEdges, ToAdj
from pygmmrec.transforms.to_adj import is_current
from pygmmrec.typing import INTERACTS, PROFILES, REV_INTERACTS, item_edge_type


def test_every_graph_gets_the_matrix_of_its_edges(toy_data, to_dense) -> None:
    data = FuseItemGraphs()(ItemKNNGraph(3)(ProfileEdges()(BipartiteNorm("row")(toy_data()))))
    out = ToAdj()(data)
    graphs = [edge_type for edge_type in data.edge_types if "edge_index" in data[edge_type]]
    assert len(graphs) == 6
    for edge_type in graphs:
        store, size = out[edge_type], (data[edge_type[0]].num_nodes, data[edge_type[2]].num_nodes)
        expected = to_dense(store.edge_index, store.get("edge_weight"), size)
        torch.testing.assert_close(store.matrix.to_dense(), expected.to(store.matrix.value.dtype))
        assert "matrix" not in data[edge_type]


def test_mirrored_directions_share_one_pair_of_matrices(toy_data) -> None:
    out = ToAdj()(BipartiteNorm("sym")(toy_data()))
    assert out[INTERACTS].matrix.t() is out[REV_INTERACTS].matrix
    assert out[REV_INTERACTS].matrix.t() is out[INTERACTS].matrix


def test_directions_of_their_own_do_not(toy_data, to_dense) -> None:
    out = ToAdj()(BipartiteNorm("row")(toy_data()))
    to_user = out[REV_INTERACTS].matrix
    assert out[INTERACTS].matrix.t() is not to_user
    assert torch.allclose(to_user.to_dense().sum(1), torch.ones(9))


def test_reverse_edges_that_come_first_share_too(toy_data) -> None:
    data = toy_data()
    store = data[INTERACTS]
    del data[INTERACTS]
    data[INTERACTS].edge_index = store.edge_index
    assert data.edge_types.index(REV_INTERACTS) < data.edge_types.index(INTERACTS)
    out = ToAdj()(BipartiteNorm()(data))
    assert out[INTERACTS].matrix.t() is out[REV_INTERACTS].matrix


def test_a_symmetric_item_graph_is_its_own_transpose_and_a_user_item_graph_never(toy_data) -> None:
    data = BipartiteNorm()(toy_data(num_users=11, num_items=11))
    pairs = data[item_edge_type("peers")]
    pairs.edge_index, pairs.symmetric = torch.tensor([[0, 1, 3, 4], [1, 0, 4, 3]]), True
    out = ToAdj()(ItemKNNGraph(2)(data))
    assert out[item_edge_type("peers")].matrix.t() is out[item_edge_type("peers")].matrix
    assert out[item_edge_type("m0_knn")].matrix.t() is not out[item_edge_type("m0_knn")].matrix
    assert out[INTERACTS].matrix.t() is not out[INTERACTS].matrix


def test_a_store_keeps_the_matrix_it_has(toy_data) -> None:
    once = ToAdj()(ProfileEdges()(BipartiteNorm()(toy_data())))
    twice = ToAdj()(once)
    for edge_type in (INTERACTS, REV_INTERACTS, PROFILES):
        assert twice[edge_type].matrix is once[edge_type].matrix
    assert repr(ToAdj()) == "ToAdj()"


def test_a_matrix_of_other_edges_is_built_again(toy_data) -> None:
    """Samplers of PyG copy what they do not know, such as the matrix of the whole graph."""
    whole = ToAdj()(BipartiteNorm()(toy_data()))
    assert is_current(whole, INTERACTS)
    part = copy.copy(whole)
    part[INTERACTS].edge_index = whole[INTERACTS].edge_index.flip(1)  # as many, in another order
    part[INTERACTS].edge_weight = whole[INTERACTS].edge_weight.flip(0)
    assert not is_current(part, INTERACTS)
    again = ToAdj()(part)
    assert again[INTERACTS].matrix is not whole[INTERACTS].matrix
    assert torch.equal(again[INTERACTS].matrix.to_dense(), whole[INTERACTS].matrix.to_dense())
    fewer = copy.copy(whole)
    fewer["user"].num_nodes = 8
    assert not is_current(fewer, INTERACTS)


def test_a_matrix_is_current_after_a_copy_and_after_it_was_saved(toy_data, tmp_path) -> None:
    whole = ToAdj()(BipartiteNorm()(toy_data()))
    torch.save(whole, tmp_path / "graph.pt")
    for other in (copy.deepcopy(whole), whole.clone(), torch.load(tmp_path / "graph.pt", weights_only=True)):
        assert is_current(other, INTERACTS)
        assert is_current(other, REV_INTERACTS)
        assert torch.equal(other[INTERACTS].matrix.to_dense(), whole[INTERACTS].matrix.to_dense())


def test_lost_weights_are_an_error_and_not_ones(toy_data) -> None:
    data = BipartiteNorm()(toy_data())
    del data[REV_INTERACTS].edge_weight
    with pytest.raises(ValueError, match=r"'edge_weight' of \('item', 'rev_interacts', 'user'\).*induced"):
        ToAdj()(data)
