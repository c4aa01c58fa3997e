from collections.abc import Callable

import torch
from torch import nn
from torch_geometric.data import HeteroData

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.models import BM3, BPRMF, CRANE
from pygmmrec.models.crane import REFINED
from pygmmrec.serving.inputs import BIASES, FEATURES, Input, carried, model_inputs, refreshed
from pygmmrec.typing import Embeddings


def test_tables_biases_and_features(toy_data: Callable[..., HeteroData]) -> None:
    data = BM3.prepare(toy_data(dtype=torch.float32))
    model = BM3.from_data(data, embedding_dim=4)
    before = data["item"].m0
    graph, inputs = model_inputs(model, data)
    found = {each.name: each.of for each in inputs}
    assert found["user_embedding.weight"] == "user"
    assert found["item_embedding.weight"] == "item"
    assert found["predictor.bias"] == BIASES
    assert (found["m0"], found["m1"]) == (FEATURES, FEATURES)
    assert "predictor.weight" not in found
    assert data["item"].m0 is before
    assert not before.requires_grad
    assert graph["item"].m0.requires_grad


def test_weights_that_are_frozen_are_left_out(toy_data: Callable[..., HeteroData]) -> None:
    data = toy_data(num_modalities=0)
    model = BPRMF.from_data(data, embedding_dim=4)
    model.user_embedding.weight.requires_grad_(False)
    assert [each.name for each in model_inputs(model, data)[1]] == ["item_embedding.weight"]


def test_a_linear_map_is_the_sum_of_what_its_inputs_carry() -> None:
    a, b = nn.Parameter(torch.randn(5, 3)), nn.Parameter(torch.randn(4))
    unused = nn.Parameter(torch.randn(2, 2))
    weight_a, weight_b = torch.randn(5, 3), torch.randn(4)
    score = (weight_a * a).sum() + (weight_b * b).sum()
    inputs = [Input("item", "a", a), Input(BIASES, "b", b), Input("user", "unused", unused)]
    of_a, of_b, of_none = carried(score, inputs)
    torch.testing.assert_close(of_a, (weight_a * a.detach()).sum(dim=1).double())
    torch.testing.assert_close(of_b, (weight_b * b.detach()).double())
    assert of_none.tolist() == [0, 0]
    assert [each.tolist() for each in carried(torch.tensor(1.0), inputs[1:2])] == [[0, 0, 0, 0]]
    assert carried(score, []) == []


def test_what_an_epoch_builds_is_built_beside_the_graph(toy_data: Callable[..., HeteroData]) -> None:
    data = CRANE.prepare(toy_data(dtype=torch.float32))
    model = CRANE.from_data(data, embedding_dim=4, k=4)
    graph = refreshed(model, data)
    assert REFINED not in data.edge_types
    assert isinstance(graph[REFINED].matrix, Adj)
    assert model.training
    with torch.no_grad():
        model.eval()
        here: Embeddings = model(graph)
        torch.testing.assert_close(here, model(data))
