import pytest
import torch

from pygmmrec.losses import agreement_loss, denoised_bpr_loss, pseudo_label_loss
from pygmmrec.models import DAMRS
from pygmmrec.transforms.behaviour_graph import BEHAVIOUR
from pygmmrec.typing import INTERACTS, Triplets, available_key, item_edge_type

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 4, 3]), torch.tensor([1, 3, 2]))
NAMES = ("m0", "m1")


@pytest.fixture
def data(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return DAMRS.pre_transform(k=4, behaviour_k=2)(data)


def dense_output(model: DAMRS, data):
    """Users and items after LightGCN, the views, and which item has which."""
    between = data[INTERACTS].matrix.to_dense().double().t()
    square = torch.zeros(20, 20, dtype=torch.float64)
    square[:9, 9:], square[9:, :9] = between, between.t()
    layers = [torch.cat([model.user_embedding.weight, model.item_embedding.weight])]
    for _ in range(model.num_ui_layers):
        layers.append(square @ layers[-1])
    user, item = torch.stack(layers).mean(0).split([9, 11])
    graphs = [data[item_edge_type(f"{name}_knn")] for name in NAMES] + [data[BEHAVIOUR]]
    spread = [torch.linalg.matrix_power(g.matrix.to_dense().double(), model.num_ii_layers) for g in graphs]
    views = [matrix @ model.item_embedding.weight for matrix in spread]
    having = torch.ones(11, 3, dtype=torch.bool)
    having[4, 1] = False
    return user, item, views, having


@pytest.mark.parametrize(("num_ui_layers", "num_ii_layers"), [(0, 1), (2, 2)])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(data, num_ui_layers, num_ii_layers) -> None:
    config = {"num_ui_layers": num_ui_layers, "num_ii_layers": num_ii_layers, "num_labels": 2}
    model = DAMRS.from_data(data, embedding_dim=4, item_weight=0.3, user_weight=0.7, **config).double()
    user, item, views, having = dense_output(model, data)
    mean = sum(views) / having.sum(1, keepdim=True)
    out = model(data)
    torch.testing.assert_close(out.user, user, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(out.item, item + mean, rtol=1e-6, atol=1e-6)
    assert not views[1][4].any()

    def belief(index: torch.Tensor) -> torch.Tensor:
        parts = [view[index] / view[index].norm(dim=1, keepdim=True).clamp(min=1e-12) for view in views]
        return torch.stack([(user[BATCH.user] * part).sum(1).sigmoid() for part in parts], dim=1)

    score = [(user[BATCH.user] * (item + mean)[index]).sum(1) for index in (BATCH.pos, BATCH.neg)]
    had = [having[index] for index in (BATCH.pos, BATCH.neg)]
    users, items = torch.tensor([0, 1]), torch.tensor([1, 2, 3, 4])
    expected = {
        "bpr": denoised_bpr_loss(*score, belief(BATCH.pos), belief(BATCH.neg), *had),
        "item_alignment": 0.3 * pseudo_label_loss(views, items, having, num_labels=2),
        "user_alignment": 0.7 * agreement_loss(user[users], item[items], mean[items]),
    }
    terms = model.loss(data, BATCH)
    assert list(terms) == list(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-6, atol=1e-6)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for ours, theirs in zip(actual, torch.autograd.grad(sum(expected.values()), weights), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)


def test_without_alignment_there_is_ranking_only(data) -> None:
    model = DAMRS.from_data(data, embedding_dim=4, item_weight=0.0, user_weight=0.0).double()
    assert list(model.loss(data, BATCH)) == ["bpr"]


def test_a_graph_without_item_graphs_is_an_error(toy_data) -> None:
    with pytest.raises(ValueError, match=r"Call DAMRS.prepare\(data\) first"):
        DAMRS.from_data(toy_data()).double()(toy_data())
