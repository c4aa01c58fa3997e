import math

import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import COHESION
from pygmmrec.models.cohesion import FUSED
from pygmmrec.typing import INTERACTS, USER_GRAPH, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))
NAMES = ("m0", "m1")


@pytest.fixture
def data(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return COHESION.pre_transform(k=3, user_k=3)(data)


def dense_output(model: COHESION, data) -> tuple[torch.Tensor, torch.Tensor]:
    """Branch by branch on matrices of users and items: [U, K, D] and [I, K, D]."""
    adj = data[INTERACTS].matrix.to_dense().double().t()
    e, own = model.item_embedding.weight, model.fuse.own
    g = [F.leaky_relu(e @ own[0].weight.t() + own[0].bias) @ own[2].weight.t() + own[2].bias]
    for name in NAMES:
        first, second = model.fuse.project.hidden.lins[name], model.fuse.project.out.lins[name]
        f = F.leaky_relu(data["item"][name] @ first.weight.t() + first.bias) @ second.weight.t() + second.bias
        g.append(f * (torch.arange(11) != 4)[:, None] if name == "m1" else f)
    users, items = [], []
    for b, p in enumerate([model.user_embedding.weight, *(model.preference[name] for name in NAMES)]):
        f = ((e**2 + g[b] ** 2) / 2 + 1e-8).sqrt()
        f = f.detach() if model.variant == "released" and b == 0 else f
        p, f = p / p.norm(dim=1, keepdim=True), f / f.norm(dim=1, keepdim=True)
        user, item = [p], [f]
        for _ in range(model.num_ui_layers):
            next_user, next_item = adj @ item[-1], adj.t() @ user[-1]
            user.append(F.cosine_similarity(next_user, p)[:, None] * next_user)
            item.append(F.cosine_similarity(next_item, f)[:, None] * next_item)
        users.append(sum(user))
        items.append(sum(item))
    user, item = torch.stack(users, 1), torch.stack(items, 1)
    spread = torch.linalg.matrix_power(data[FUSED].matrix.to_dense().double(), model.num_ii_layers)
    near = data[USER_GRAPH].matrix.to_dense().double()
    return (
        user + torch.einsum("uv,vkd->ukd", near, user),
        item + torch.einsum("ij,jkd->ikd", spread, item),
    )


@pytest.mark.parametrize(("num_ui_layers", "num_ii_layers"), [(0, 1), (2, 2)])
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(
    data, num_ui_layers, num_ii_layers, variant
) -> None:
    config = {"num_ui_layers": num_ui_layers, "num_ii_layers": num_ii_layers, "variant": variant}
    model = COHESION.from_data(data, embedding_dim=4, hidden_dim=8, reg_weight=0.3, **config).double()
    out, (user, item) = model(data), dense_output(model, data)
    torch.testing.assert_close(out.user, user.flatten(1), rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(out.item, item.flatten(1), rtol=1e-8, atol=1e-8)

    delta = (user[BATCH.user] * (item[BATCH.pos] - item[BATCH.neg])).sum(2)  # [B, K]
    weight = 1 - delta.detach().exp() / delta.detach().exp().sum(1, keepdim=True)
    bpr = F.softplus(-(weight * delta).sum(1)).mean()
    squares = [model.preference[name][BATCH.user].pow(2).mean() for name in NAMES]
    if variant == "paper":
        squares.append(model.user_embedding.weight[BATCH.user].pow(2).mean())
    else:
        bpr = bpr / math.log(2)
        squares.append(model.user_weight.pow(2).mean())
    terms = model.loss(data, BATCH)
    torch.testing.assert_close(terms["bpr"], bpr, rtol=1e-8, atol=1e-8)
    torch.testing.assert_close(terms["l2"], 0.3 * sum(squares), rtol=1e-8, atol=1e-8)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(bpr + 0.3 * sum(squares), weights), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-8, atol=1e-10)


def test_released_never_trains_what_belongs_to_ids(data) -> None:
    frozen = {"user_embedding.weight"} | {
        f"fuse.own.{n}.{part}" for n in (0, 2) for part in ("weight", "bias")
    }
    for variant, expected in (("paper", set()), ("released", frozen)):
        model = COHESION.from_data(data, embedding_dim=4, variant=variant)
        assert {name for name, value in model.named_parameters() if not value.requires_grad} == expected


def test_an_epoch_has_all_edges_unless_told_otherwise(data) -> None:
    assert COHESION.epoch_transform() is None
    epoch = COHESION.epoch_transform(0.5)(data)
    assert epoch[INTERACTS].matrix.nnz == round(0.5 * data[INTERACTS].edge_index.size(1))


def test_wrong_arguments_are_errors(toy_data) -> None:
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'COHESION' \(got 'mine'\)"):
        COHESION(2, 3, {"m0": 4}, variant="mine")
    with pytest.raises(ValueError, match=r"Call COHESION.prepare\(data\) first"):
        COHESION.from_data(toy_data()).double()(toy_data())
