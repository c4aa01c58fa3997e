import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import VBPR
from pygmmrec.typing import Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))


@pytest.fixture
def data(toy_data):
    """Items 2 and 3 lack the second modality, whatever its rows hold."""
    data = toy_data()
    available = torch.ones(11, dtype=torch.bool)
    available[2:4] = False
    data["item"][available_key("m1")] = available
    return data


def build(data, variant: str) -> VBPR:
    model = VBPR.from_data(data, embedding_dim=3, reg_weight=0.3, variant=variant).double()
    for bias in (model.bias, model.item_bias and model.item_bias.weight):
        if bias is not None:
            torch.nn.init.normal_(bias)
    return model


def score_by_hand(model: VBPR, data, u: int, i: int) -> torch.Tensor:
    lins = model.project.lins
    p, t = model.user_embedding.weight[u].split(3)
    seen = lins["m0"].weight @ data["item"]["m0"][i]
    if i not in (2, 3):
        seen = seen + lins["m1"].weight @ data["item"]["m1"][i]
    q = model.item_embedding.weight[i]
    if model.variant == "released":
        return p @ q + t @ (seen + model.bias)
    return p @ q + t @ seen[:3] + seen[3] + model.item_bias.weight[i, 0]


@pytest.mark.parametrize("variant", ["paper", "released"])
def test_scores_loss_and_gradients_by_hand(data, variant) -> None:
    model = build(data, variant)
    expected = torch.stack([score_by_hand(model, data, u, i) for u in range(9) for i in range(11)])
    out = model(data)
    torch.testing.assert_close(out.user @ out.item.t(), expected.view(9, 11), rtol=1e-10, atol=1e-10)

    margins = [
        score_by_hand(model, data, u, i) - score_by_hand(model, data, u, j)
        for u, i, j in zip(*(index.tolist() for index in BATCH), strict=True)
    ]
    bpr = F.softplus(-torch.stack(margins)).mean()
    users = model.user_embedding.weight[BATCH.user]
    if variant == "released":
        parts = [users, out.item[BATCH.pos], out.item[BATCH.neg]]
        l2 = sum(x.pow(2).sum().sqrt() for x in parts)
    else:
        free = torch.cat([model.item_embedding.weight, model.item_bias.weight], dim=1)
        l2 = sum(x.pow(2).sum() for x in (users, free[BATCH.pos], free[BATCH.neg])) / 2
    l2 = l2 / 3
    if variant == "paper":  # not of the batch
        l2 = l2 + sum(weight.pow(2).sum() for weight in model.project.parameters()) / 2
    terms = model.loss(data, BATCH)
    torch.testing.assert_close(terms["bpr"], bpr, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(terms["l2"], 0.3 * l2, rtol=1e-10, atol=1e-10)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(bpr + 0.3 * l2, weights), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("variant", ["paper", "released"])
def test_the_features_of_a_modality_that_an_item_lacks_are_not_read(data, variant) -> None:
    model = build(data, variant)
    before = model(data).item
    data["item"]["m1"] = data["item"]["m1"].clone()
    data["item"]["m1"][2:4] = 1e6
    assert torch.equal(model(data).item, before)


def test_the_items_of_a_batch_are_those_of_all(data) -> None:
    model = build(data, "paper")
    index = torch.tensor([5, 3, 5, 10])
    torch.testing.assert_close(model.items(data, index), model(data).item[index], rtol=1e-12, atol=1e-12)


def test_an_unknown_variant_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'VBPR' \(got 'mine'\)"):
        VBPR(2, 3, {"m0": 4}, variant="mine")
