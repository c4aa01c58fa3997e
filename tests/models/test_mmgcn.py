import pytest
import torch
import torch.nn.functional as F

from pygmmrec.losses import l2_loss
from pygmmrec.models import MMGCN
from pygmmrec.typing import INTERACTS, Embeddings, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))


@pytest.fixture
def data(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return MMGCN.pre_transform()(data)


def dense_output(model: MMGCN, data) -> torch.Tensor:
    """The layers on the square graph whose rows are means, [U + I, D]."""
    user, item = data[INTERACTS].edge_index
    graph = torch.zeros(20, 20, dtype=torch.float64)
    graph[user, item + 9] = graph[item + 9, user] = 1
    graph = graph / graph.sum(1, keepdim=True)
    identity = torch.cat([model.user_embedding.weight, model.item_embedding.weight])
    last = []
    for name in ("m0", "m1"):
        x = data["item"][name]
        if model.reduce is not None and name in model.reduce.lins:
            lin = model.reduce.lins[name]
            x = x @ lin.weight.t() + lin.bias
        x = x / x.norm(dim=1, keepdim=True)
        if name == "m1":
            x = x * (torch.arange(11) != 4)[:, None]
        p = model.preference[name]
        x = torch.cat([p / p.norm(dim=1, keepdim=True), x])
        for conv in model.networks[name].convs:
            h = F.leaky_relu(graph @ x @ conv.neighbour.weight.t())
            own = F.leaky_relu(x @ conv.own.weight.t() + conv.own.bias) + identity
            joined = torch.cat([h, own], dim=1) if conv.combine == "concat" else h
            x = joined @ conv.join.weight.t() + conv.join.bias
            x = F.leaky_relu(x if conv.combine == "concat" else x + own)
        last.append(x)
    return (last[0] + last[1]) / 2


@pytest.mark.parametrize("project", [[], ["m1"], ["m0", "m1"]])
@pytest.mark.parametrize(("num_layers", "combine"), [(1, "sum"), (3, "concat")])
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(
    data, num_layers, combine, project, variant
) -> None:
    config = {"num_layers": num_layers, "combine": combine, "project": project, "variant": variant}
    model = MMGCN.from_data(data, embedding_dim=4, latent_dim=3, reg_weight=0.3, **config).double()
    out, expected = torch.cat(model(data)), dense_output(model, data)
    torch.testing.assert_close(out, expected, rtol=1e-6, atol=1e-6)
    user, pos, neg = expected[BATCH.user], expected[BATCH.pos + 9], expected[BATCH.neg + 9]
    bpr = F.softplus((user * (neg - pos)).sum(1)).mean()
    p, q = model.user_embedding.weight, model.item_embedding.weight
    first, second = model.preference["m0"], model.preference["m1"]
    if variant == "paper":
        parts = [p[BATCH.user], q[BATCH.pos], q[BATCH.neg], first[BATCH.user], second[BATCH.user]]
        l2 = sum(x.pow(2).sum() for x in parts) / 2 / 3
    else:
        pairs = [p[BATCH.user] ** 2 + q[BATCH.pos] ** 2, p[BATCH.user] ** 2 + q[BATCH.neg] ** 2]
        l2 = torch.stack(pairs).mean() + (first**2).mean()
    terms = model.loss(data, BATCH)
    torch.testing.assert_close(terms["bpr"], bpr, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(terms["l2"], 0.3 * l2, rtol=1e-6, atol=1e-6)
    weights = [value for value in model.parameters() if value.requires_grad]
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(bpr + 0.3 * l2, weights), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("variant", ["paper", "released"])
def test_ids_and_preferences_are_trained_unless_released(data, variant) -> None:
    model = MMGCN.from_data(data, embedding_dim=4, variant=variant).double()
    frozen = {name for name, value in model.named_parameters() if not value.requires_grad}
    random = {"user_embedding.weight", "item_embedding.weight", "preference.m0", "preference.m1"}
    assert frozen == (random if variant == "released" else set())
    assert random < set(model.state_dict())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    sum(model.loss(data, BATCH).values()).backward()
    optimizer.step()
    moved = {name for name, value in model.named_parameters() if not torch.equal(value, before[name])}
    assert moved == set(before) - frozen


def test_the_first_modality_is_the_first_that_was_named() -> None:
    model = MMGCN(9, 11, {"b": 2, "a": 3}, reg_weight=1.0, variant="released")
    ids = l2_loss(*(model.user_embedding(BATCH.user),) * 2, *map(model.item_embedding, BATCH[1:])) / 64
    expected = ids + model.preference["b"].square().mean()
    torch.testing.assert_close(model._l2(BATCH), expected)


def test_wide_features_are_projected_unless_named() -> None:
    sizes = {"wide": 30, "narrow": 20}
    model = MMGCN(5, 6, sizes, latent_dim=20)
    assert list(model.reduce.in_channels) == ["wide"]
    assert {name: p.size(1) for name, p in model.preference.items()} == {"wide": 20, "narrow": 20}
    assert MMGCN(5, 6, sizes, latent_dim=20, project=[]).reduce is None
    assert list(MMGCN(5, 6, sizes, project=["narrow"]).reduce.in_channels) == ["narrow"]


def test_modalities_are_propagated_each_by_itself(data) -> None:
    model = MMGCN.from_data(data, embedding_dim=4).double()
    alone = [MMGCN.from_data(data, embedding_dim=4, modality_dims={n: s}).double() for n, s in
             model.modality_dims.items()]  # fmt: skip
    for other in alone:
        kept = other.state_dict()
        other.load_state_dict({name: model.state_dict()[name] for name in kept})
    outs = [other(data) for other in alone]
    mean = Embeddings((outs[0].user + outs[1].user) / 2, (outs[0].item + outs[1].item) / 2)
    for a, b in zip(model(data), mean, strict=True):
        torch.testing.assert_close(a, b)


def test_wrong_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'MMGCN' \(got 'mine'\)"):
        MMGCN(2, 3, {"m0": 4}, variant="mine")
    with pytest.raises(ValueError, match=r"'project' needs to be modalities among \['m0'\]"):
        MMGCN(2, 3, {"m0": 4}, project=["m1"])
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 1"):
        MMGCN(2, 3, {"m0": 4}, num_layers=0)
