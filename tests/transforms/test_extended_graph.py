import pytest
import torch

from pygmmrec.transforms import ExtendedGraph, ItemKNNGraph, ToAdj
from pygmmrec.transforms.extended_graph import EXTENDED
from pygmmrec.typing import INTERACTS, REV_INTERACTS, available_key, item_edge_type


@pytest.mark.parametrize("num_modalities", [1, 2, 3])
@pytest.mark.parametrize("lacking", [[], [2, 7]])
def test_against_the_square_matrix(toy_data, num_modalities, lacking) -> None:
    data = toy_data(num_modalities=num_modalities)
    names = [f"m{m}" for m in range(num_modalities)]
    having = {name: [name != "m1" or i not in lacking for i in range(11)] for name in names}
    if lacking and num_modalities > 1:
        data["item"][available_key("m1")] = torch.tensor(having["m1"])
    data = ItemKNNGraph(6, weighted=True)(data)
    out = ToAdj()(ExtendedGraph()(data))

    near = {}
    for name in names:
        near[name] = set(map(tuple, data[item_edge_type(f"{name}_knn")].edge_index.t().tolist()))
    square = torch.zeros(20, 20, dtype=torch.float64)
    user, item = data[INTERACTS].edge_index
    square[user, 9 + item] = square[9 + item, user] = 1
    for i in range(11):
        for j in range(11):
            asked = [name for name in names if having[name][i] and having[name][j]]
            if i != j and len(asked) >= min(2, num_modalities) and all((j, i) in near[m] for m in asked):
                square[9 + i, 9 + j] = 1
    root = square.sum(1).clamp(min=1).rsqrt()
    square = root[:, None] * square * root
    items = square[9:, 9:]
    assert 0 < items.count_nonzero() == out[EXTENDED].matrix.nnz
    assert not torch.equal(items != 0, (items != 0).t())
    between = {INTERACTS: square[9:, :9], REV_INTERACTS: square[:9, 9:]}
    for edge_type, expected in {EXTENDED: items, **between}.items():
        torch.testing.assert_close(out[edge_type].matrix.to_dense().double(), expected, rtol=1e-6, atol=1e-7)


def test_without_graphs_of_modalities_there_is_an_error(toy_data) -> None:
    with pytest.raises(ValueError, match=r"the item graph of 'm0' .*Apply ItemKNNGraph first"):
        ExtendedGraph()(toy_data())
    with pytest.raises(ValueError, match="a graph with features of items"):
        ExtendedGraph()(toy_data(num_modalities=0))


def test_its_text() -> None:
    assert repr(ExtendedGraph()) == "ExtendedGraph()"
