import copy

import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import SGL
from pygmmrec.models.sgl import VARIANTS, view_type
from pygmmrec.typing import INTERACTS, Triplets

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))


@pytest.fixture
def data(toy_data):
    return SGL.prepare(toy_data())


def dense_mean(model: SGL, known: list[torch.Tensor]) -> torch.Tensor:
    """Mean of the layers on the square normalised matrix of each, [U + I, D]."""
    layers = [torch.cat([model.user_embedding.weight, model.item_embedding.weight])]
    for layer in range(model.num_layers):
        graph = torch.zeros(20, 20, dtype=torch.float64)
        graph[:9, 9:] = known[layer % len(known)]
        graph = graph + graph.t()
        root = graph.sum(1).clamp(min=1).rsqrt()
        layers.append((root[:, None] * graph * root) @ layers[-1])
    return torch.stack(layers).mean(0)


def dense_nce(a: torch.Tensor, b: torch.Tensor, index: torch.Tensor, reduction: str) -> torch.Tensor:
    return F.cross_entropy(F.normalize(a[index]) @ F.normalize(b).t() / 0.3, index, reduction=reduction)


@pytest.mark.parametrize("augmentation", ["edges", "nodes", "walk"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_embeddings_and_loss_are_the_dense_formulas(data, augmentation, variant) -> None:
    config = {"embedding_dim": 4, "num_layers": 2, "augmentation": augmentation, "p": 0.3, "cl_weight": 0.7}
    config |= {"temperature": 0.3, "reg_weight": 0.3, "variant": variant}
    model = SGL.from_data(data, **config).double()
    graph = copy.copy(data)
    model.refresh(graph)
    num = 2 if augmentation == "walk" else 1
    known = [
        [(graph[view_type(v, n)].matrix.to_dense() > 0).double().t() for n in range(num)] for v in (0, 1)
    ]
    assert not torch.equal(known[0][0], known[1][0])
    assert num == 1 or not torch.equal(known[0][0], known[0][1])
    full = (data[INTERACTS].matrix.to_dense() > 0).double().t()
    out = dense_mean(model, [full])
    torch.testing.assert_close(torch.cat(model(graph)), out, rtol=1e-6, atol=1e-6)

    a, b = (dense_mean(model, each) for each in known)
    places = [BATCH.user, BATCH.pos + 9, BATCH.neg + 9]
    user, pos, neg = (out[at] for at in places)
    ego = torch.cat([model.user_embedding.weight, model.item_embedding.weight])
    squares = sum(ego[at].pow(2).sum() / 2 for at in places)
    reduction = "mean" if variant in ("paper", "selfrec") else "sum"
    margin = F.softplus((user * neg).sum(1) - (user * pos).sum(1))
    expected = {"bpr": margin.mean() if reduction == "mean" else margin.sum()}
    if variant == "selfrec":
        pool = torch.tensor([0, 1, 9, 11, 12])
        expected["cl"] = 0.7 * dense_nce(a[pool], b[pool], torch.arange(5), "mean")
    else:
        expected["cl_user"] = 0.7 * dense_nce(a[:9], b[:9], BATCH.user, reduction)
        expected["cl_item"] = 0.7 * dense_nce(a[9:], b[9:], BATCH.pos, reduction)
    l2 = {
        "paper": squares / 3,
        "authors": squares,
        "released": sum(ego[at].norm() for at in places) / 3,
        "selfrec": sum(out[at].norm() for at in places) / 3,
    }
    expected["l2"] = 0.3 * l2[variant]
    terms = model.loss(graph, BATCH)
    assert list(terms) == list(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-6, atol=1e-6)
    actual = torch.autograd.grad(sum(terms.values()), list(model.parameters()))
    wanted = torch.autograd.grad(sum(expected.values()), list(model.parameters()))
    for left, right in zip(actual, wanted, strict=True):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-6)


def test_an_epoch_keeps_its_views_and_a_lone_step_draws_its_own(data) -> None:
    model = SGL.from_data(data, embedding_dim=4, p=0.4).double()
    graph = copy.copy(data)
    model.refresh(graph)
    kept = [model.loss(graph, BATCH)["cl_user"].item() for _ in range(3)]
    assert kept[0] == kept[1] == kept[2]
    assert model.loss(data, BATCH)["cl_user"].item() != model.loss(data, BATCH)["cl_user"].item()
    assert view_type(0, 0) not in data.edge_types


def test_without_contrast_there_are_no_views(data) -> None:
    model = SGL.from_data(data, embedding_dim=4, cl_weight=0.0).double()
    assert list(model.loss(data, BATCH)) == ["bpr", "l2"]


def test_wrong_arguments_are_errors() -> None:
    wrong = {"variant": "mine", "num_layers": 0, "temperature": 0.0, "p": 1.0, "augmentation": "users"}
    for name, value in wrong.items():
        with pytest.raises(ValueError, match=f"'{name}' needs to be"):
            SGL(2, 3, **{name: value})
