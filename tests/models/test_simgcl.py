from itertools import count

import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import SimGCL
from pygmmrec.typing import INTERACTS, Triplets

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))


@pytest.fixture
def data(toy_data):
    return SimGCL.prepare(toy_data())


def dense_graph(data) -> torch.Tensor:
    """The square normalised matrix, [U + I, U + I]."""
    user, item = data[INTERACTS].edge_index
    graph = torch.zeros(20, 20, dtype=torch.float64)
    graph[user, item + 9] = graph[item + 9, user] = 1
    root = graph.sum(1).rsqrt()
    return root[:, None] * graph * root


def dense_mean(model: SimGCL, data, draws=None) -> torch.Tensor:
    """Mean of the layers without the first, with the noise of these draws."""
    graph = dense_graph(data)
    layer = torch.cat([model.user_embedding.weight, model.item_embedding.weight])
    layers = []
    for _ in range(model.num_layers):
        layer = graph @ layer
        if draws is not None:
            r = torch.cat([next(draws), next(draws)])
            layer = layer + model.eps * layer.sign() * r / r.norm(dim=1, keepdim=True)
        layers.append(layer)
    return torch.stack(layers).mean(0)


def dense_nce(a: torch.Tensor, b: torch.Tensor, temperature: float) -> torch.Tensor:
    logits = F.normalize(a) @ F.normalize(b).t() / temperature
    return F.cross_entropy(logits, torch.arange(len(a)))


@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_embeddings_and_loss_are_the_dense_formulas(data, monkeypatch, num_layers, variant) -> None:
    model = SimGCL.from_data(
        data, embedding_dim=4, num_layers=num_layers, eps=0.4, cl_weight=0.7, reg_weight=0.3, variant=variant
    ).double()
    drawn = [torch.rand(9 if n % 2 == 0 else 11, 4, dtype=torch.float64) for n in range(4 * num_layers)]
    replay = count()
    monkeypatch.setattr(model.noise, "draw", lambda _: drawn[next(replay)])
    terms = model.loss(data, BATCH)
    out, draws = dense_mean(model, data), iter(drawn)
    view, other = dense_mean(model, data, draws), dense_mean(model, data, draws)
    torch.testing.assert_close(torch.cat(model(data)), out, rtol=1e-6, atol=1e-6)

    places = [BATCH.user, BATCH.pos + 9, BATCH.neg + 9]
    user, pos, neg = (out[at] for at in places)
    users, items = torch.tensor([0, 1]), torch.tensor([9, 11, 12])
    scale = {"paper": (1, 1), "released": (2, 3)}[variant]
    ego = torch.cat([model.user_embedding.weight, model.item_embedding.weight])
    normed = [user, pos] if variant == "paper" else [ego[at] for at in places]
    expected = {
        "bpr": F.softplus((user * neg).sum(1) - (user * pos).sum(1)).mean(),
        "cl_user": 0.7 * scale[0] * dense_nce(view[users], other[users], 0.2),
        "cl_item": 0.7 * scale[1] * dense_nce(view[items], other[items], 0.2),
        "l2": 0.3 * sum(x.norm() for x in normed) / 3,
    }
    assert list(terms) == list(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-6, atol=1e-6)
    actual = torch.autograd.grad(sum(terms.values()), list(model.parameters()))
    wanted = torch.autograd.grad(sum(expected.values()), list(model.parameters()))
    for left, right in zip(actual, wanted, strict=True):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-6)


def test_without_contrast_there_is_one_pass(data, monkeypatch) -> None:
    model = SimGCL.from_data(data, embedding_dim=4, cl_weight=0.0)
    monkeypatch.setattr(model.noise, "draw", lambda _: pytest.fail("nothing needs noise"))
    assert list(model.loss(data, BATCH)) == ["bpr", "l2"]


def test_wrong_arguments_are_errors() -> None:
    wrong = {"variant": "mine", "num_layers": 0, "temperature": 0.0, "eps": -0.1}
    for name, value in wrong.items():
        with pytest.raises(ValueError, match=f"'{name}' needs to be"):
            SimGCL(2, 3, **{name: value})
