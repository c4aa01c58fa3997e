import torch

from pygmmrec.transforms import BipartiteNorm, FuseItemGraphs, ItemKNNGraph, ProfileEdges, ToAdj
from pygmmrec.typing import INTERACTS, PROFILES, REV_INTERACTS, VALID, item_edge_type


def test_every_graph_gets_the_matrix_of_its_edges(toy_data, to_dense) -> None:
    data = FuseItemGraphs()(ItemKNNGraph(3)(ProfileEdges()(BipartiteNorm("row")(toy_data()))))
    out = ToAdj()(data)
    graphs = [edge_type for edge_type in data.edge_types if "edge_index" in data[edge_type]]
    assert len(graphs) == 6
    for edge_type in graphs:
        store, size = out[edge_type], (data[edge_type[0]].num_nodes, data[edge_type[2]].num_nodes)
        expected = to_dense(store.edge_index, store.get("edge_weight"), size)
        torch.testing.assert_close(store.adj_t.to_dense(), expected.to(store.adj_t.value.dtype))
        assert "adj_t" not in data[edge_type]
    assert "adj_t" not in out[VALID]


def test_mirrored_directions_share_one_pair_of_matrices(toy_data) -> None:
    out = ToAdj()(BipartiteNorm("sym")(toy_data()))
    assert out[INTERACTS].adj_t.t() is out[REV_INTERACTS].adj_t
    assert out[REV_INTERACTS].adj_t.t() is out[INTERACTS].adj_t


def test_directions_of_their_own_do_not(toy_data, to_dense) -> None:
    out = ToAdj()(BipartiteNorm("row")(toy_data()))
    to_user = out[REV_INTERACTS].adj_t
    assert out[INTERACTS].adj_t.t() is not to_user
    assert torch.allclose(to_user.to_dense().sum(1), torch.ones(9))


def test_reverse_edges_that_come_first_share_too(toy_data) -> None:
    data = toy_data()
    store = data[INTERACTS]
    del data[INTERACTS]
    data[INTERACTS].edge_index = store.edge_index
    assert data.edge_types.index(REV_INTERACTS) < data.edge_types.index(INTERACTS)
    out = ToAdj()(BipartiteNorm()(data))
    assert out[INTERACTS].adj_t.t() is out[REV_INTERACTS].adj_t


def test_a_symmetric_item_graph_is_its_own_transpose_and_a_user_item_graph_never(toy_data) -> None:
    data = BipartiteNorm()(toy_data(num_users=11, num_items=11))
    pairs = data[item_edge_type("peers")]
    pairs.edge_index, pairs.symmetric = torch.tensor([[0, 1, 3, 4], [1, 0, 4, 3]]), True
    out = ToAdj()(ItemKNNGraph(2)(data))
    assert out[item_edge_type("peers")].adj_t.t() is out[item_edge_type("peers")].adj_t
    assert out[item_edge_type("m0_knn")].adj_t.t() is not out[item_edge_type("m0_knn")].adj_t
    assert out[INTERACTS].adj_t.t() is not out[INTERACTS].adj_t


def test_a_store_keeps_the_matrix_it_has(toy_data) -> None:
    once = ToAdj()(ProfileEdges()(BipartiteNorm()(toy_data())))
    twice = ToAdj()(once)
    for edge_type in (INTERACTS, REV_INTERACTS, PROFILES):
        assert twice[edge_type].adj_t is once[edge_type].adj_t
    assert repr(ToAdj()) == "ToAdj()"
