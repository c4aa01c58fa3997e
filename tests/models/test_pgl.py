import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import PGL
from pygmmrec.models.pgl import FUSED
from pygmmrec.typing import INTERACTS, PRINCIPAL, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))
NAMES = ("m0", "m1")


@pytest.fixture
def raw(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return data


def dense_output(model: PGL, data) -> tuple[torch.Tensor, torch.Tensor]:
    """All steps on matrices of users and items, modality by modality."""
    adj = data[INTERACTS].matrix.to_dense().double().t()
    alike = torch.linalg.matrix_power(data[FUSED].matrix.to_dense().double(), model.num_ii_layers)
    users, items = [], []
    for name in NAMES:
        lin = model.project.lins[name]
        f = data["item"][name] @ lin.weight.t() + lin.bias
        f = f / f.norm(dim=1, keepdim=True)
        if name == "m1":
            f = f * (torch.arange(11) != 4)[:, None]
        user, item = [model.preference[name]], [f]
        for _ in range(model.num_ui_layers):
            next_user, next_item = adj @ item[-1], adj.t() @ user[-1]
            user.append(next_user)
            item.append(next_item)
        users.append(sum(user) / len(user))
        items.append(sum(item) / len(item) + alike @ f)
    return torch.cat(users, 1), torch.cat(items, 1)


def contrast(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    logits = F.normalize(left) @ F.normalize(right).t() / 0.3
    return (logits.logsumexp(dim=1) - logits.diagonal()).mean()


@pytest.mark.parametrize("num_ui_layers", [0, 2])
@pytest.mark.parametrize("num_ii_layers", [1, 2])
@pytest.mark.parametrize("mode", ["local", "global"])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(
    raw, num_ui_layers, num_ii_layers, mode, monkeypatch
) -> None:
    data = PGL.pre_transform(k=3, mode=mode, dim=8)(raw)
    config = {"num_ui_layers": num_ui_layers, "num_ii_layers": num_ii_layers, "temperature": 0.3}
    model = PGL.from_data(data, embedding_dim=4, cl_weight=0.7, p=0.4, **config).double()
    for out, expected in zip(model(data), dense_output(model, data), strict=True):
        torch.testing.assert_close(out, expected, rtol=1e-6, atol=1e-6)

    epoch = PGL.epoch_transform(mode)(data)
    user, item = dense_output(model, epoch)
    masks = [torch.rand(3, 8, dtype=torch.float64) for _ in range(4)]
    left = iter(masks)
    monkeypatch.setattr("torch.nn.functional.dropout", lambda x, p, training: x * next(left))
    terms = model.loss(epoch, BATCH)
    u, i, j = user[BATCH.user], item[BATCH.pos], item[BATCH.neg]
    expected = {
        "bpr": F.softplus((u * (j - i)).sum(1)).mean(),
        "cl_user": 0.35 * contrast(u * masks[0], u * masks[1]),
        "cl_item": 0.35 * contrast(i * masks[2], i * masks[3]),
    }
    assert list(terms) == list(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-6, atol=1e-6)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for ours, theirs in zip(actual, torch.autograd.grad(sum(expected.values()), weights), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)


def test_without_contrast_there_is_ranking_only(raw) -> None:
    data = PGL.prepare(raw, k=3)
    assert list(PGL.from_data(data, cl_weight=0.0).double().loss(data, BATCH)) == ["bpr"]


def test_an_epoch_is_local_or_global(raw) -> None:
    data = PGL.pre_transform(k=3)(raw)
    assert PRINCIPAL not in data.edge_types
    num_edges = data[INTERACTS].num_edges
    assert PGL.epoch_transform()(data)[INTERACTS].matrix.nnz == round(0.3 * num_edges)
    data = PGL.pre_transform(k=3, mode="global", dim=8)(raw)
    epoch = PGL.epoch_transform("global")(data)
    assert epoch[INTERACTS].matrix.nnz == data[PRINCIPAL].num_edges


def test_wrong_arguments_are_errors(raw) -> None:
    for make in (PGL.pre_transform, PGL.epoch_transform):
        with pytest.raises(ValueError, match=r"'mode' needs to be one of .* in 'PGL' \(got 'mine'\)"):
            make(mode="mine")
    with pytest.raises(ValueError, match=r"Call PGL.prepare\(data\) first"):
        PGL.from_data(raw).double()(raw)
