import pytest
import torch
from torch import Tensor

from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.transforms import ItemKNNGraph, ToAdj
from pygmmrec.typing import item_edge_type

NUM_ITEMS = 11


def dense_graph(x: Tensor, k: int, weighted: bool, include_self: bool, norm: str) -> Tensor:
    """The formula of LATTICE and FREEDOM on the whole similarity matrix; rows are destinations."""
    x = x / x.norm(dim=1, keepdim=True)
    similarity = x @ x.t()
    candidates = similarity.clone()
    if not include_self:
        candidates.fill_diagonal_(-2)
    keep = torch.zeros_like(similarity)
    for i in range(len(x)):
        for j in sorted(range(len(x)), key=lambda j: (-float(candidates[i, j]), j))[:k]:
            keep[i, j] = 1
    graph = keep * similarity.clamp(min=0) if weighted else keep
    degree = graph.sum(dim=1)
    inverse = torch.where(degree > 0, 1 / degree, 0.0)
    if norm == "row":
        return inverse[:, None] * graph
    return inverse.sqrt()[:, None] * graph * inverse.sqrt() if norm == "sym" else graph


@pytest.mark.parametrize("norm", ["sym", "row", "none"])
@pytest.mark.parametrize("include_self", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("k", [1, 4, 10])
def test_against_the_dense_formula(toy_data, to_dense, k, weighted, include_self, norm) -> None:
    data = toy_data()
    out = ItemKNNGraph(k, weighted=weighted, include_self=include_self, norm=norm, block_size=4)(data)
    for name in ("m0", "m1"):
        store = out[item_edge_type(f"{name}_knn")]
        assert store.edge_index.shape == (2, NUM_ITEMS * k)
        actual = to_dense(store.edge_index, store.edge_weight, (NUM_ITEMS, NUM_ITEMS)).double()
        expected = dense_graph(data["item"][name], k, weighted, include_self, norm)
        torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("modality", [None, "m1", ["m2", "m0"]])
def test_one_graph_per_modality_asked_for(toy_data, modality) -> None:
    data = toy_data(num_modalities=3)
    out = ItemKNNGraph(2, modality=modality)(data)
    names = {None: {"m0", "m1", "m2"}, "m1": {"m1"}}.get(
        modality if modality != ["m2", "m0"] else "", {"m0", "m2"}
    )
    graphs = {edge_type for edge_type in out.edge_types if edge_type[0] == edge_type[2]}
    assert graphs == {item_edge_type(f"{name}_knn") for name in names}
    assert not any(edge_type[0] == edge_type[2] for edge_type in data.edge_types)


def test_block_size_changes_nothing(toy_data) -> None:
    data = toy_data()
    graphs = [ItemKNNGraph(3, block_size=b)(data)[item_edge_type("m0_knn")].edge_index for b in (1, 7, 1024)]
    assert torch.equal(graphs[0], graphs[1])
    assert torch.equal(graphs[0], graphs[2])


def test_an_item_without_features_keeps_finite_weights(toy_data) -> None:
    data = toy_data()
    data["item"]["m0"] = data["item"]["m0"].clone()
    data["item"]["m0"][4] = 0
    for norm in ("sym", "row"):
        weight = ItemKNNGraph(3, weighted=True, norm=norm)(data)[item_edge_type("m0_knn")].edge_weight
        assert weight.isfinite().all()
        assert weight.view(NUM_ITEMS, 3)[4].tolist() == [0, 0, 0]


def test_another_graph_takes_the_matrix_of_the_old_one_away(toy_data) -> None:
    once = ToAdj()(ItemKNNGraph(3)(toy_data()))
    twice = ToAdj()(ItemKNNGraph(5)(once))
    assert twice[item_edge_type("m0_knn")].matrix.nnz == 5 * NUM_ITEMS
    assert once[item_edge_type("m0_knn")].matrix.nnz == 3 * NUM_ITEMS


def test_repr_shows_what_changes_the_graph() -> None:
    transform = ItemKNNGraph(4, modality="text", weighted=True, include_self=False, norm="row")
    shown = (
        "ItemKNNGraph(k=4, modality=['text'], weighted=True, include_self=False, norm='row', search='exact')"
    )
    assert repr(transform) == shown
    assert repr(ItemKNNGraph()) == (
        "ItemKNNGraph(k=10, modality=None, weighted=False, include_self=True, norm='sym', search='exact')"
    )


def test_wrong_arguments_are_errors(toy_data) -> None:
    for kwargs, name in (({"k": 0}, "k"), ({"norm": "col"}, "norm"), ({"block_size": 0}, "block_size")):
        with pytest.raises(ValueError, match=rf"'{name}' needs to be .* in 'ItemKNNGraph'"):
            ItemKNNGraph(**kwargs)
    with pytest.raises(ValueError, match=r"'modality' needs to be one of \['m0', 'm1'\].*got 'video'"):
        ItemKNNGraph(2, modality="video")(toy_data())
    with pytest.raises(ValueError, match="'k' needs to be between 1 and 11"):
        ItemKNNGraph(12)(toy_data())


@pytest.mark.parametrize("weighted", [True, False])
def test_an_item_that_lacks_the_modality_has_no_edge(toy_data, to_dense, weighted) -> None:
    data = toy_data()
    mask = data["item"].m0_available = torch.arange(NUM_ITEMS) % 3 != 1
    out = ItemKNNGraph(3, weighted=weighted, include_self=False)(data)[item_edge_type("m0_knn")]
    graph = to_dense(out.edge_index, out.edge_weight, (NUM_ITEMS, NUM_ITEMS))
    assert graph[~mask].eq(0).all()
    assert graph[:, ~mask].eq(0).all()
    expected = dense_graph(data["item"].m0[mask], 3, weighted, False, "sym").to(graph.dtype)
    torch.testing.assert_close(graph[mask][:, mask], expected, rtol=1e-6, atol=1e-6)


def test_an_approximate_search_says_its_recall_and_finds_most(caplog) -> None:
    pytest.importorskip("faiss")
    data = SyntheticMultimodal(30, 2000, {"text": 16}, seed=1)[0]
    with caplog.at_level("INFO", logger="pygmmrec"):
        found, exact = (ItemKNNGraph(5, search=search)(data) for search in ("approximate", "exact"))
    edges = [
        set(map(tuple, graph[item_edge_type("text_knn")].edge_index.t().tolist())) for graph in (found, exact)
    ]
    share = len(edges[0] & edges[1]) / len(edges[1])
    assert 0.8 < share <= 1
    assert f"text: {share:.2f}"[:9] in caplog.text
    with pytest.raises(ValueError, match="'search' needs to be one of"):
        ItemKNNGraph(5, search="fast")
