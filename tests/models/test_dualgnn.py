import math

import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import DualGNN
from pygmmrec.typing import INTERACTS, USER_GRAPH, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))
NAMES = ("m0", "m1")


@pytest.fixture
def data(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return DualGNN.pre_transform(k=3)(data)


def dense_output(model: DualGNN, data) -> tuple[torch.Tensor, torch.Tensor]:
    """All steps on matrices of users and items."""
    adj = data[INTERACTS].matrix.to_dense().double().t()
    users, items = [], []
    for name in NAMES:
        first, second = model.project.hidden.lins[name], model.project.out.lins[name]
        f = F.leaky_relu(data["item"][name] @ first.weight.t() + first.bias) @ second.weight.t() + second.bias
        f = f / f.norm(dim=1, keepdim=True)
        if name == "m1":
            f = f * (torch.arange(11) != 4)[:, None]
        p = model.preference[name] / model.preference[name].norm(dim=1, keepdim=True)
        user, item = [p], [f]
        for _ in range(model.num_layers):
            p, f = adj @ f, adj.t() @ p
            user.append(p)
            item.append(f)
        users.append(sum(user))
        items.append(sum(item))
    if model.variant == "released":
        users = [users[0] + users[1], users[1]]
    user = sum(model.user_weight[:, m : m + 1] * x for m, x in enumerate(users))
    return user + data[USER_GRAPH].matrix.to_dense().double() @ user, sum(items)


@pytest.mark.parametrize("num_layers", [0, 2, 3])
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(data, num_layers, variant) -> None:
    config = {"num_layers": num_layers, "variant": variant, "reg_weight": 0.3, "hidden_dim": 8}
    model = DualGNN.from_data(data, embedding_dim=4, **config).double()
    out, (user, item) = model(data), dense_output(model, data)
    torch.testing.assert_close(out.user, user, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(out.item, item, rtol=1e-10, atol=1e-10)

    bpr = F.softplus((user[BATCH.user] * (item[BATCH.neg] - item[BATCH.pos])).sum(1)).mean()
    preferences = [model.preference[name][BATCH.user] for name in NAMES]
    if variant == "paper":
        l2 = sum(x.pow(2).sum() for x in (*preferences, model.user_weight[BATCH.user])) / 2 / 3
    else:
        bpr = bpr / math.log(2)
        l2 = sum(x.pow(2).mean() for x in (*preferences, model.user_weight, model.item_weight))
    terms = model.loss(data, BATCH)
    torch.testing.assert_close(terms["bpr"], bpr, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(terms["l2"], 0.3 * l2, rtol=1e-10, atol=1e-10)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(bpr + 0.3 * l2, weights), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-8, atol=1e-10)


def test_weights_of_modalities_start_as_shares_and_move_freely(data) -> None:
    model = DualGNN.from_data(data, embedding_dim=4).double()
    torch.testing.assert_close(model.user_weight.sum(dim=1), torch.ones(9).double())
    assert (model.user_weight > 0).all()
    assert model.user_weight.unique().numel() > 9
    released = DualGNN.from_data(data, embedding_dim=4, variant="released")
    torch.testing.assert_close(released.item_weight.sum(dim=1), torch.ones(11))
    model(data).user.sum().backward()
    assert not torch.allclose(model.user_weight.grad.sum(dim=1), torch.zeros(9).double())


def test_a_user_that_shares_no_item_has_its_own_alone(toy_data, edge_index) -> None:
    """User 4 has no items; its embedding is its weighted preferences."""
    data = DualGNN.pre_transform()(toy_data(edge_index, 5, 4))
    model = DualGNN.from_data(data, embedding_dim=4).double()
    own = [model.preference[name][4] for name in NAMES]
    expected = sum(model.user_weight[4, m] * x / x.norm() for m, x in enumerate(own))
    torch.testing.assert_close(model(data).user[4], expected)


def test_wrong_arguments_are_errors(toy_data) -> None:
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'DualGNN' \(got 'mine'\)"):
        DualGNN(2, 3, {"m0": 4}, variant="mine")
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 0"):
        DualGNN(2, 3, {"m0": 4}, num_layers=-1)
    with pytest.raises(ValueError, match="'hidden_dim' needs to be at least 1"):
        DualGNN(2, 3, {"m0": 4}, hidden_dim=0)
    with pytest.raises(ValueError, match=r"'matrix' of \('user', 'co_interacts', 'user'\)"):
        DualGNN(9, 11, {"m0": 5})(super(DualGNN, DualGNN).pre_transform()(toy_data()))
