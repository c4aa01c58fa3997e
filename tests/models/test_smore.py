import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import SMORE
from pygmmrec.typing import INTERACTS, Triplets, available_key, item_edge_type

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))
NAMES = ("m0", "m1")


@pytest.fixture
def data(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return SMORE.pre_transform(k={"m0": 3, "m1": 2})(data)


def linear(lin: torch.nn.Linear, x: torch.Tensor) -> torch.Tensor:
    return x @ lin.weight.t() if lin.bias is None else x @ lin.weight.t() + lin.bias


def dense_views(model: SMORE, data, keep: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Behaviour and side views of users above items; gates are multiplied with what is kept of them."""
    d = model.embedding_dim
    between = data[INTERACTS].matrix.to_dense().double().t()
    square = torch.zeros(20, 20, dtype=torch.float64)
    square[:9, 9:], square[9:, :9] = between, between.t()
    item = model.item_embedding.weight
    layers = [torch.cat([model.user_embedding.weight, item])]
    for _ in range(model.num_ui_layers):
        layers.append(square @ layers[-1])
    e = sum(layers) / len(layers)

    def filtered(spectrum: torch.Tensor, name: str) -> torch.Tensor:
        real, imaginary = model.filter.real[name], model.filter.imaginary[name]
        weight = real + 1j * F.pad(imaginary, (1, len(real) - 1 - len(imaginary)))
        return torch.fft.irfft(spectrum * weight, n=d, norm="ortho")

    product, c = 1.0, {}
    for name in NAMES:
        spectrum = torch.fft.rfft(linear(model.project.lins[name], data["item"][name]), norm="ortho")
        c[name] = filtered(spectrum, name)
        lacks = (torch.arange(11) == 4)[:, None] & (name == "m1")
        product = product * torch.where(lacks, torch.ones_like(spectrum), spectrum)
    c["fused"] = filtered(product, "fused")
    views = {}
    for name, kind in (("m0", "m0_knn"), ("m1", "m1_knn"), ("fused", "fused")):
        graph = data[item_edge_type(kind)].matrix.to_dense().double()
        spread = torch.linalg.matrix_power(graph, model.num_ii_layers)
        h = spread @ (item * linear(model.multi_view.purify.gate.lins[name], c[name]).sigmoid())
        views[name] = torch.cat([between @ h, h])
    fuse, side = model.multi_view.fuse, 0
    for name, view in views.items():
        if name != "fused":
            view = linear(fuse.value[name], linear(fuse.key[name], views["fused"]).tanh()).softmax(1) * view
        side = side + keep[name] * linear(fuse.gates[name], e).sigmoid() * view
    return e, side / 3


ONES = dict.fromkeys((*NAMES, "fused"), torch.ones(()))


@pytest.mark.parametrize(("num_ui_layers", "num_ii_layers", "dim"), [(0, 1, 4), (2, 2, 5)])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(
    data, num_ui_layers, num_ii_layers, dim, monkeypatch
) -> None:
    config = {"num_ui_layers": num_ui_layers, "num_ii_layers": num_ii_layers, "embedding_dim": dim}
    model = SMORE.from_data(data, cl_weight=0.7, temperature=0.3, reg_weight=0.2, **config).double()
    e, s = dense_views(model, data, ONES)
    out = model.eval()(data)
    torch.testing.assert_close(torch.cat(out), e + s, rtol=1e-6, atol=1e-6)
    assert not s[9 + 4].eq(0).any()  # one modality is left, and the fused view

    keep = {name: torch.rand(20, dim, dtype=torch.float64) for name in ONES}
    e, s = dense_views(model, data, keep)
    at = [torch.tensor([0, 1]), 9 + torch.tensor([0, 1, 2, 3])]  # distinct users, then items
    kept = iter([keep[name][index] for index in at for name in ONES])
    monkeypatch.setattr("torch.nn.functional.dropout", lambda x, p, training: x * next(kept))
    terms = model.train().loss(data, BATCH)
    user, pos, neg = BATCH.user, 9 + BATCH.pos, 9 + BATCH.neg
    u, i, j = ((e + s)[index] for index in (user, pos, neg))

    def contrast(index: torch.Tensor) -> torch.Tensor:
        logits = F.normalize(s[index]) @ F.normalize(e[index]).t() / 0.3
        return (logits.logsumexp(dim=1) - logits.diagonal()).mean()

    expected = {
        "bpr": F.softplus((u * (j - i)).sum(1)).mean(),
        "l2": 0.2 * sum(x.pow(2).sum() for x in (u, i, j)) / 2 / 3,
        "cl_user": 0.7 * contrast(user),
        "cl_item": 0.7 * contrast(pos),
    }
    assert list(terms) == list(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-6, atol=1e-6)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for ours, theirs in zip(actual, torch.autograd.grad(sum(expected.values()), weights), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)


def test_without_contrast_there_is_ranking_and_decay(data) -> None:
    model = SMORE.from_data(data, cl_weight=0.0, embedding_dim=4).double()
    assert list(model.loss(data, BATCH)) == ["bpr", "l2"]


def test_one_number_of_neighbours_is_that_of_all_modalities(toy_data) -> None:
    for name in NAMES:
        graph = SMORE.pre_transform(k=3)(toy_data())[item_edge_type(f"{name}_knn")].matrix
        assert torch.equal(graph.degree(), torch.full((11,), 3))


def test_wrong_arguments_are_errors(toy_data) -> None:
    with pytest.raises(ValueError, match="'modalities' needs to be other names than 'fused'"):
        SMORE(2, 3, {"fused": 4})
    with pytest.raises(ValueError, match=r"Call SMORE.prepare\(data\) first"):
        SMORE.from_data(toy_data()).double()(toy_data())
