import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pygmmrec.models import BM3
from pygmmrec.typing import INTERACTS, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1, 4]), torch.tensor([2, 4, 3, 2]), torch.tensor([1, 3, 2, 0]))
HAVING = torch.arange(11) != 4
"""Which items have the second modality."""


@pytest.fixture
def data(toy_data):
    data = toy_data()
    data["item"][available_key("m1")] = HAVING
    return BM3.pre_transform()(data)


def build(data, **config) -> BM3:
    model = BM3.from_data(data, **{"embedding_dim": 4, "reg_weight": 0.3, **config}).double()
    for name, value in model.named_parameters():
        if name.endswith("bias"):
            torch.nn.init.normal_(value)
    return model


def dense_propagation(model: BM3, data) -> tuple[Tensor, Tensor]:
    user, item = data[INTERACTS].edge_index
    graph = torch.zeros(20, 20, dtype=torch.float64)
    graph[user, item + 9] = graph[item + 9, user] = 1
    root = graph.sum(1).clamp(min=1).rsqrt()
    graph = root[:, None] * graph * root
    layers = [torch.cat([model.user_embedding.weight, model.item_embedding.weight])]
    for _ in range(model.num_layers):
        layers.append(graph @ layers[-1])
    user, item = torch.stack(layers).mean(0).split([9, 11])
    return user, item + model.item_embedding.weight


def distance(a: Tensor, b: Tensor) -> Tensor:
    return (1 - F.cosine_similarity(a, b.detach())).mean()


@pytest.mark.parametrize("num_layers", [0, 1, 2])
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(data, num_layers, variant) -> None:
    model = build(data, num_layers=num_layers, p=0.0, cl_weight=0.7, variant=variant)
    user, item = dense_propagation(model, data)
    f, out = model.predictor, model(data)
    near = {"rtol": 1e-6, "atol": 1e-6} if num_layers else {"rtol": 1e-10, "atol": 1e-10}  # a float32 graph
    torch.testing.assert_close(out.user, user @ f.weight.t() + f.bias, **near)
    torch.testing.assert_close(out.item, item @ f.weight.t() + f.bias, **near)

    u, i = user[BATCH.user], item[BATCH.pos]
    rec = distance(f(u), i) + distance(f(i), u)
    modality = 0
    for name, having in (("m0", torch.ones(11, dtype=torch.bool)), ("m1", HAVING)):
        lin, kept = model.project.lins[name], BATCH.pos[having[BATCH.pos]]
        h = data["item"][name][kept] @ lin.weight.t() + lin.bias
        modality = modality + distance(f(h), item[kept]) + distance(f(h), h)
    if variant == "paper":
        l2 = (u.pow(2).sum() + i.pow(2).sum()) / 2 / 4
    else:
        l2 = (user.pow(2).sum().sqrt() + item.pow(2).sum().sqrt()) / 11
    terms = model.loss(data, BATCH)
    assert list(terms) == ["rec", "modality", "l2"]
    for actual, expected in zip(terms.values(), (rec, 0.7 * modality, 0.3 * l2), strict=True):
        torch.testing.assert_close(actual, expected, **near)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    expected = torch.autograd.grad(rec + 0.7 * modality + 0.3 * l2, weights)
    for left, right in zip(actual, expected, strict=True):
        torch.testing.assert_close(left, right, **near)


def test_targets_alone_lose_a_fraction_of_their_entries(data) -> None:
    model = build(data, p=0.5)
    seen = []
    model.dropout.register_forward_hook(lambda layer, args, out: seen.append((args[0], out)))
    terms = model.loss(data, BATCH)
    assert [tuple(x.shape) for x, _ in seen] == [(4, 4), (4, 4), (4, 4), (3, 4)]  # u, i, m0, m1
    assert not any(x.requires_grad for pair in seen for x in pair)
    (u, to_u), (i, to_i) = seen[:2]
    kept = torch.stack([to_u / u, to_i / i])
    assert set(kept.round().unique().tolist()) == {0, 2}
    f = model.predictor
    expected = distance(f(u), to_i) + distance(f(i), to_u)
    torch.testing.assert_close(terms["rec"], expected)


def test_the_gradient_reaches_every_weight_without_weight_decay(data) -> None:
    model = build(data, reg_weight=0.0)
    edges = data[INTERACTS].edge_index
    sum(model.loss(data, Triplets(*edges, edges[1])).values()).backward()
    assert [name for name, value in model.named_parameters() if not value.grad.ne(0).all()] == []


def test_features_train_and_do_not_rank(data) -> None:
    model = build(data, p=0.0)
    before = model(data).item
    other = data.clone()
    other["item"]["m0"] = data["item"]["m0"].flip(0)
    assert torch.equal(model(other).item, before)
    assert model.loss(other, BATCH)["modality"] != model.loss(data, BATCH)["modality"]


def test_negatives_are_not_looked_at(data) -> None:
    model = build(data, p=0.0)
    other = BATCH._replace(neg=BATCH.neg.flip(0))
    assert sum(model.loss(data, BATCH).values()) == sum(model.loss(data, other).values())


def test_what_is_not_there_is_left_out(data) -> None:
    assert list(build(data, cl_weight=0.0).loss(data, BATCH)) == ["rec", "l2"]
    data["item"][available_key("m1")] = torch.arange(11) > 4
    model = build(data, p=0.0, cl_weight=1.0)
    f, lin = model.predictor, model.project.lins["m0"]
    item = model.propagate(data).item[BATCH.pos]
    h = data["item"]["m0"][BATCH.pos] @ lin.weight.t() + lin.bias
    torch.testing.assert_close(model.loss(data, BATCH)["modality"], distance(f(h), item) + distance(f(h), h))
    data["item"][available_key("m0")] = torch.arange(11) > 4
    assert list(model.loss(data, BATCH)) == ["rec", "l2"]


def test_wrong_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'BM3' \(got 'mine'\)"):
        BM3(2, 3, {"m0": 4}, variant="mine")
    with pytest.raises(ValueError, match=r"'p' needs to be at least 0 and below 1 in 'BM3' \(got 1.0\)"):
        BM3(2, 3, {"m0": 4}, p=1.0)
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 0"):
        BM3(2, 3, {"m0": 4}, num_layers=-1)
