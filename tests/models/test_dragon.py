import math

import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import DRAGON
from pygmmrec.models.dragon import FUSED
from pygmmrec.typing import INTERACTS, USER_GRAPH, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))
NAMES = ("m0", "m1")


@pytest.fixture
def data(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return DRAGON.pre_transform(k=3, user_k=3)(data)


def dense_output(model: DRAGON, data) -> tuple[torch.Tensor, torch.Tensor]:
    """All steps on matrices of users and items, modality by modality."""
    adj = data[INTERACTS].matrix.to_dense().double().t()
    users, items = [], []
    for m, name in enumerate(NAMES):
        first, second = model.project.hidden.lins[name], model.project.out.lins[name]
        f = F.leaky_relu(data["item"][name] @ first.weight.t() + first.bias) @ second.weight.t() + second.bias
        f = f / f.norm(dim=1, keepdim=True)
        if name == "m1":
            f = f * (torch.arange(11) != 4)[:, None]
        p = model.preference[name] / model.preference[name].norm(dim=1, keepdim=True)
        user, item = [p], [f]
        for _ in range(model.num_ui_layers):
            p, f = adj @ f, adj.t() @ p
            user.append(p)
            item.append(f)
        users.append(model.user_weight[:, m : m + 1] * sum(user))
        items.append(sum(item))
    user, item = torch.cat(users, 1), torch.cat(items, 1)
    near, alike = (data[kind].matrix.to_dense().double() for kind in (USER_GRAPH, FUSED))
    return user + near @ user, item + torch.linalg.matrix_power(alike, model.num_ii_layers) @ item


@pytest.mark.parametrize(("num_ui_layers", "num_ii_layers"), [(0, 1), (2, 2)])
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(
    data, num_ui_layers, num_ii_layers, variant
) -> None:
    config = {"num_ui_layers": num_ui_layers, "num_ii_layers": num_ii_layers, "variant": variant}
    model = DRAGON.from_data(data, embedding_dim=4, hidden_dim=8, reg_weight=0.3, **config).double()
    out, (user, item) = model(data), dense_output(model, data)
    torch.testing.assert_close(out.user, user, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(out.item, item, rtol=1e-9, atol=1e-9)

    bpr = F.softplus((user[BATCH.user] * (item[BATCH.neg] - item[BATCH.pos])).sum(1)).mean()
    squares = [model.preference[name][BATCH.user].pow(2).mean() for name in NAMES]
    if variant == "paper":
        squares.append(model.user_weight[BATCH.user].pow(2).mean())
    else:
        bpr = bpr / math.log(2)
        squares.append(model.user_weight.pow(2).mean())
    terms = model.loss(data, BATCH)
    torch.testing.assert_close(terms["bpr"], bpr, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(terms["l2"], 0.3 * sum(squares), rtol=1e-9, atol=1e-9)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(bpr + 0.3 * sum(squares), weights), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-8, atol=1e-10)


def test_weights_of_modalities_start_as_shares(data) -> None:
    model = DRAGON.from_data(data, embedding_dim=4).double()
    torch.testing.assert_close(model.user_weight.sum(dim=1), torch.ones(9).double())
    assert model.user_weight.unique().numel() > 9


def test_wrong_arguments_are_errors(toy_data) -> None:
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'DRAGON' \(got 'mine'\)"):
        DRAGON(2, 3, {"m0": 4}, variant="mine")
    with pytest.raises(ValueError, match=r"Call DRAGON.prepare\(data\) first"):
        DRAGON.from_data(toy_data()).double()(toy_data())
