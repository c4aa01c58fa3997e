import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import FREEDOM
from pygmmrec.typing import INTERACTS, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1, 4]), torch.tensor([2, 0, 3, 5]), torch.tensor([1, 3, 2, 6]))
LACKING = [2, 7]
"""The items without the second modality."""


@pytest.fixture
def raw(toy_data):
    data = toy_data()
    available = torch.ones(11, dtype=torch.bool)
    available[LACKING] = False
    data["item"][available_key("m1")] = available
    return data


def dense_item_graph(data, k: int, weights: dict[str, float]) -> torch.Tensor:
    """Each kept entry is one over k; an item without the modality has neither a row nor a column."""
    graph = torch.zeros(11, 11, dtype=torch.float64)
    for name, weight in weights.items():
        having = [i for i in range(11) if name == "m0" or i not in LACKING]
        x = F.normalize(data["item"][name])
        for i in having:
            nearest = sorted(having, key=lambda j: -float(x[i] @ x[j]))[:k]
            graph[i, nearest] += weight / k
    return graph


def dense_output(model, data, item_graph) -> tuple[torch.Tensor, torch.Tensor]:
    user, item = data[INTERACTS].edge_index
    graph = torch.zeros(20, 20, dtype=torch.float64)
    graph[user, item + 9] = graph[item + 9, user] = 1
    root = graph.sum(1).clamp(min=1).rsqrt()
    graph = root[:, None] * graph * root
    layers = [torch.cat([model.user_embedding.weight, model.item_embedding.weight])]
    for _ in range(model.num_ui_layers):
        layers.append(graph @ layers[-1])
    h = torch.linalg.matrix_power(item_graph, model.num_ii_layers) @ model.item_embedding.weight
    user, item = torch.stack(layers).mean(0).split([9, 11])
    return user, item + h


@pytest.mark.parametrize(("num_ui_layers", "num_ii_layers"), [(2, 1), (0, 2), (3, 0)])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(raw, num_ui_layers, num_ii_layers) -> None:
    data = FREEDOM.pre_transform(k=3, weights={"m0_knn": 0.3, "m1_knn": 0.7})(raw)
    config = {"num_ui_layers": num_ui_layers, "num_ii_layers": num_ii_layers}
    model = FREEDOM.from_data(data, embedding_dim=4, reg_weight=0.2, **config).double()
    out = model(data)
    user, item = dense_output(model, data, dense_item_graph(data, 3, {"m0": 0.3, "m1": 0.7}))
    torch.testing.assert_close(out.user, user, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(out.item, item, rtol=1e-6, atol=1e-6)

    def bpr(index, of_item) -> torch.Tensor:
        margins = [
            user[u] @ (of_item(i) - of_item(j))
            for u, i, j in zip(*(part[index].tolist() for part in BATCH), strict=True)
        ]
        return F.softplus(-torch.stack(margins)).mean()

    def seen(name: str):
        return lambda i: model.project.lins[name].weight @ data["item"][name][i]

    everywhere = torch.arange(4)
    expected = bpr(everywhere, lambda i: item[i])
    modal = bpr(everywhere, seen("m0")) + bpr(torch.tensor([1, 3]), seen("m1"))
    terms = model.loss(data, BATCH)
    torch.testing.assert_close(terms["bpr"], expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(terms["bpr_modality"], 0.2 * modal, rtol=1e-6, atol=1e-6)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(expected + 0.2 * modal, weights), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-6)


def test_a_modality_that_no_item_of_the_batch_has_is_left_out(raw) -> None:
    for name in ("m0", "m1"):
        raw["item"][available_key(name)] = torch.arange(11) > 6
    data = FREEDOM.pre_transform(k=3)(raw)
    model = FREEDOM.from_data(data, embedding_dim=4).double()
    assert list(model.loss(data, BATCH)) == ["bpr"]
    assert list(FREEDOM.from_data(data, reg_weight=0.0).double().loss(data, BATCH)) == ["bpr"]


def test_all_modalities_weigh_the_same_by_default(raw) -> None:
    graph = FREEDOM.pre_transform(k=3)(raw)["item", "fused", "item"].matrix.to_dense()
    torch.testing.assert_close(graph.double(), dense_item_graph(raw, 3, {"m0": 0.5, "m1": 0.5}))


def test_an_epoch_keeps_a_fifth_of_the_edges_and_the_whole_item_graph(raw) -> None:
    data = FREEDOM.pre_transform(k=3)(raw)
    epoch = FREEDOM.epoch_transform()(data)
    num_edges = data[INTERACTS].edge_index.size(1)
    assert epoch[INTERACTS].edge_index.size(1) == epoch[INTERACTS].matrix.nnz == round(0.2 * num_edges)
    assert epoch["item", "fused", "item"].matrix is data["item", "fused", "item"].matrix


def test_a_graph_without_the_item_graph_is_an_error(raw) -> None:
    model = FREEDOM.from_data(raw).double()
    with pytest.raises(ValueError, match=r"Call FREEDOM.prepare\(data\) first"):
        model(raw)
