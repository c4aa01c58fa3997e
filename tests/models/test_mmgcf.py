import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import MMGCF
from pygmmrec.typing import INTERACTS, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1, 4]), torch.tensor([2, 0, 3, 5]), torch.tensor([1, 3, 2, 6]))
LACKING = [2, 7]
"""The items without the second modality."""


@pytest.fixture
def data(toy_data):
    data = toy_data()
    available = torch.ones(11, dtype=torch.bool)
    available[LACKING] = False
    data["item"][available_key("m1")] = available
    return MMGCF.pre_transform()(data)


def dense_output(model: MMGCF, data) -> tuple[torch.Tensor, torch.Tensor]:
    """By a square matrix, and items one by one."""
    user, item = data[INTERACTS].edge_index
    graph = torch.zeros(20, 20, dtype=torch.float64)
    graph[user, item + 9] = graph[item + 9, user] = 1
    root = graph.sum(1).clamp(min=1).rsqrt()
    graph = root[:, None] * graph * root
    layers = [torch.cat([model.user_embedding.weight, model.item_embedding.weight])]
    for _ in range(model.num_layers):
        layers.append(graph @ layers[-1])
    user, item = torch.stack(layers).mean(0).split([9, 11])
    out = []
    for i, e in enumerate(item):
        names = ["m0"] if i in LACKING else ["m0", "m1"]
        lins = model.project.lins
        f = [lins[name].weight @ data["item"][name][i] + lins[name].bias for name in names]
        inner = sum(f) / (1 if model.fusion == "sum" else len(f))
        out.append(e + inner if model.fusion == "sum" else (e + inner) / 2)
    return user, torch.stack(out)


@pytest.mark.parametrize("num_layers", [0, 2, 3])
@pytest.mark.parametrize("fusion", ["mean", "sum"])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(data, num_layers, fusion) -> None:
    config = {"num_layers": num_layers, "fusion": fusion, "reg_weight": 0.3}
    model = MMGCF.from_data(data, embedding_dim=4, **config).double()
    out, (user, item) = model(data), dense_output(model, data)
    torch.testing.assert_close(out.user, user, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(out.item, item, rtol=1e-6, atol=1e-6)

    bpr = F.softplus((user[BATCH.user] * (item[BATCH.neg] - item[BATCH.pos])).sum(1)).mean()
    e_u, e_i = model.user_embedding.weight, model.item_embedding.weight
    l2 = sum(x.pow(2).sum() for x in (e_u[BATCH.user], e_i[BATCH.pos], e_i[BATCH.neg])) / 2 / 4
    terms = model.loss(data, BATCH)
    torch.testing.assert_close(terms["bpr"], bpr, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(terms["l2"], 0.3 * l2, rtol=1e-6, atol=1e-6)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(bpr + 0.3 * l2, weights), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-6)


def test_without_l2_there_is_bpr_alone(data) -> None:
    assert list(MMGCF.from_data(data, reg_weight=0.0).double().loss(data, BATCH)) == ["bpr"]


def test_items_without_any_modality_are_their_embeddings(data) -> None:
    for name in ("m0", "m1"):
        data["item"][available_key(name)] = torch.zeros(11, dtype=torch.bool)
    model = MMGCF.from_data(data, embedding_dim=4, num_layers=0).double()
    torch.testing.assert_close(model(data).item, model.item_embedding.weight)


def test_an_epoch_keeps_half_of_the_edges(data) -> None:
    epoch = MMGCF.epoch_transform()(data)
    assert epoch[INTERACTS].matrix.nnz == round(0.5 * data[INTERACTS].edge_index.size(1))


def test_unknown_rules_are_errors() -> None:
    with pytest.raises(ValueError, match=r"'fusion' needs to be one of .* \(got 'product'\)"):
        MMGCF(2, 3, {"m0": 4}, fusion="product")
    with pytest.raises(ValueError, match=r"'weighting' needs to be one of .* \(got 'learned'\)"):
        MMGCF(2, 3, {"m0": 4}, weighting="learned")
