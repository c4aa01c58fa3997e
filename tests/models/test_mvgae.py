import math

import pytest
import torch

from pygmmrec.models import MVGAE
from pygmmrec.models.mvgae import Belief
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1, 3]), torch.tensor([2, 0, 3, 4]), torch.tensor([1, 3, 2, 6]))
NAMES = ("m0", "m1")


@pytest.fixture
def data(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return MVGAE.pre_transform()(data)


def dense_beliefs(model: MVGAE, data) -> list[tuple]:
    """Means and variances of users and items by expert, and which items it knows; last the product."""
    graph = data[REV_INTERACTS].matrix, data[INTERACTS].matrix
    known = {"m0": torch.ones(11).bool(), "m1": torch.arange(11) != 4, "id": torch.ones(11).bool()}
    found = []
    for name in NAMES:
        mean, log_var = model.experts[name](model.preference[name], data["item"][name], *graph, known[name])
        found.append((torch.cat(mean), torch.cat(log_var).exp(), known[name]))
    mean, log_var = model.own(model.user_embedding.weight, model.item_embedding.weight, *graph)
    found.append((torch.cat(mean), torch.cat(log_var).exp(), known["id"]))
    total, weighted = 0, 0
    for mean, variance, mask in found:
        t = torch.cat([torch.ones(9), mask.float()]).double()[:, None] / (variance + 1e-8)
        total, weighted = total + t, weighted + t * mean
    return [*found, (weighted / total, 1 / total, known["id"])]


@pytest.mark.parametrize("num_layers", [0, 2])
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(data, num_layers, variant) -> None:
    config = {"num_layers": num_layers, "variant": variant, "kl_weight": 0.3, "hidden_dim": 8}
    model = MVGAE.from_data(data, embedding_dim=4, **config).double().eval()
    found = dense_beliefs(model, data)
    user, item = torch.sigmoid(found[-1][0]).split([9, 11])
    out = model(data)
    torch.testing.assert_close(out.user, user)
    torch.testing.assert_close(out.item, item)

    ranking, kl = 0, 0
    for mean, variance, mask in found:
        keep = torch.cat([torch.ones(9).bool(), mask])
        divergence = -0.5 * (1 + variance.log() - mean**2 - variance).sum(1)
        kl = kl + divergence[keep].mean()
        y_user, y_item = torch.sigmoid(mean).split([9, 11])
        triplets = [t for t in zip(*(x.tolist() for x in BATCH), strict=True) if mask[t[1]] and mask[t[2]]]
        for u, i, j in triplets:
            own, other = y_user[u] @ y_item[i], y_user[u] @ y_item[j]
            if variant == "released":
                other = torch.stack([y_user[u] @ y_item[k] for _, _, k in triplets]).max()
                own, other = own.sigmoid(), other.sigmoid()
            ranking = ranking + torch.log1p(torch.exp(other - own)) / math.log(2)
    terms = model.loss(data, BATCH)
    torch.testing.assert_close(terms["reconstruction"], ranking)
    torch.testing.assert_close(terms["kl"], 0.3 * kl)
    weights = [value for value in model.parameters() if value.requires_grad]
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(ranking + 0.3 * kl, weights), strict=True):
        torch.testing.assert_close(left, right)


def test_training_has_noise_and_dropout_and_ranking_has_none(data) -> None:
    model = MVGAE.from_data(data, embedding_dim=4).double()
    model.train()
    first, second = (model.loss(data, BATCH) for _ in range(2))
    assert first["reconstruction"] != second["reconstruction"]
    assert first["kl"] != second["kl"]
    quiet = MVGAE.from_data(data, embedding_dim=4, p=0.0).double()
    quiet.train()
    first, second = (quiet.loss(data, BATCH) for _ in range(2))
    assert first["reconstruction"] != second["reconstruction"]
    assert first["kl"] == second["kl"]
    assert torch.equal(model(data).user, model(data).user)


def test_an_expert_who_knows_no_item_of_a_batch_has_no_part_in_bpr(data) -> None:
    model = MVGAE.from_data(data, embedding_dim=4).double().eval()
    mean, log_var, known = model.beliefs(data)[1]
    nothing = Belief(mean, log_var, torch.zeros_like(known))
    for variant in ("paper", "released"):
        model.variant = variant
        assert model.ranking(nothing, BATCH) == 0


def test_released_never_trains_where_users_and_ids_start(data) -> None:
    frozen = {"user_embedding.weight", "item_embedding.weight", "preference.m0", "preference.m1"}
    for variant, expected in (("paper", set()), ("released", frozen)):
        model = MVGAE.from_data(data, embedding_dim=4, variant=variant)
        assert {name for name, value in model.named_parameters() if not value.requires_grad} == expected


def test_wrong_arguments_are_errors(toy_data) -> None:
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'MVGAE' \(got 'mine'\)"):
        MVGAE(2, 3, {"m0": 4}, variant="mine")
    with pytest.raises(ValueError, match=r"Call MVGAE.prepare\(data\) first"):
        MVGAE.from_data(toy_data()).double()(toy_data())
