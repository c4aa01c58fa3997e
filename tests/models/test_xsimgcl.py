from itertools import count

import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import XSimGCL
from pygmmrec.typing import INTERACTS, Triplets

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))


@pytest.fixture
def data(toy_data):
    return XSimGCL.prepare(toy_data())


def dense_layers(model: XSimGCL, data, drawn=None) -> torch.Tensor:
    """The layers without the first on the square normalised matrix, [L, U + I, D]."""
    user, item = data[INTERACTS].edge_index
    graph = torch.zeros(20, 20, dtype=torch.float64)
    graph[user, item + 9] = graph[item + 9, user] = 1
    root = graph.sum(1).rsqrt()
    layers = [torch.cat([model.user_embedding.weight, model.item_embedding.weight])]
    for n in range(model.num_layers):
        layer = (root[:, None] * graph * root) @ layers[-1]
        if drawn is not None:
            r = torch.cat(drawn[2 * n : 2 * n + 2])
            layer = layer + model.eps * layer.sign() * r / r.norm(dim=1, keepdim=True)
        layers.append(layer)
    return torch.stack(layers[1:])


def dense_nce(a: torch.Tensor, b: torch.Tensor, temperature: float) -> torch.Tensor:
    logits = F.normalize(a) @ F.normalize(b).t() / temperature
    return F.cross_entropy(logits, torch.arange(len(a)))


@pytest.mark.parametrize(("num_layers", "cl_layer"), [(1, 1), (3, 2)])
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_embeddings_and_loss_are_the_dense_formulas(data, monkeypatch, num_layers, cl_layer, variant) -> None:
    config = {"embedding_dim": 4, "num_layers": num_layers, "cl_layer": cl_layer, "eps": 0.4}
    config |= {"cl_weight": 0.7, "temperature": 0.3, "reg_weight": 0.3, "variant": variant}
    model = XSimGCL.from_data(data, **config).double()
    drawn = [torch.rand(9 if n % 2 == 0 else 11, 4, dtype=torch.float64) for n in range(2 * num_layers)]
    replay = count()
    monkeypatch.setattr(model.noise, "draw", lambda _: drawn[next(replay)])
    terms = model.loss(data, BATCH)
    clean = dense_layers(model, data).mean(0)
    torch.testing.assert_close(torch.cat(model(data)), clean, rtol=1e-6, atol=1e-6)

    layers = dense_layers(model, data, drawn)
    out, view = layers.mean(0), layers[cl_layer - 1]
    places = [BATCH.user, BATCH.pos + 9, BATCH.neg + 9]
    user, pos, neg = (out[at] for at in places)
    users, items = torch.tensor([0, 1]), torch.tensor([9, 11, 12])
    ego = torch.cat([model.user_embedding.weight, model.item_embedding.weight])
    l2 = user.norm() + pos.norm() if variant == "paper" else sum(ego[at].pow(2).sum() / 2 for at in places)
    expected = {
        "bpr": F.softplus((user * neg).sum(1) - (user * pos).sum(1)).mean(),
        "cl_user": 0.7 * dense_nce(out[users], view[users], 0.3),
        "cl_item": 0.7 * dense_nce(out[items], view[items], 0.3),
        "l2": 0.3 * l2 / 3,
    }
    assert list(terms) == list(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-6, atol=1e-6)
    actual = torch.autograd.grad(sum(terms.values()), list(model.parameters()))
    wanted = torch.autograd.grad(sum(expected.values()), list(model.parameters()))
    for left, right in zip(actual, wanted, strict=True):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-6)


def test_without_contrast_two_terms_are_left(data) -> None:
    model = XSimGCL.from_data(data, embedding_dim=4, cl_weight=0.0)
    assert list(model.double().loss(data, BATCH)) == ["bpr", "l2"]


def test_wrong_arguments_are_errors() -> None:
    wrong = {"variant": "mine", "num_layers": 0, "temperature": 0.0, "eps": -0.1, "cl_layer": 3}
    for name, value in wrong.items():
        with pytest.raises(ValueError, match=f"'{name}' needs to be"):
            XSimGCL(2, 3, **{name: value})
