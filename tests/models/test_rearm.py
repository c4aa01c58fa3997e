import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import REARM
from pygmmrec.models.rearm import ALIKE_ITEMS, ALIKE_USERS
from pygmmrec.transforms.item_co_graph import ITEM_CO
from pygmmrec.typing import INTERACTS, USER_GRAPH, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1, 3]), torch.tensor([2, 0, 3, 5]), torch.tensor([1, 3, 4, 4]))
NAMES = ("m0", "m1")
LACKING = 4
"""The item without the second modality."""


@pytest.fixture
def data(toy_data):
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != LACKING
    weights = {"m0_knn": 0.3, "m1_knn": 0.7}
    return REARM.pre_transform(3, 4, weights, weights, co_share=0.25, user_co_share=0.1)(data)


def attend(layer, query, x):
    w_q, w_k, w_v, w_o = layer.weight
    logits = (w_q * query + layer.bias)[:, :, None] * (w_k * x)[:, None, :]
    return w_o * (logits.softmax(2) @ (w_v * x)[:, :, None])[:, :, 0]


def light_gcn(graph, user, item, num_layers):
    layers = [torch.cat([user, item])]
    for _ in range(num_layers):
        layers.append(graph @ layers[-1])
    return torch.stack(layers).mean(0).split([9, 11])


def dense_parts(model: REARM, data):
    """Modalities by name, and ids, of users and of items, on square matrices."""
    user, item = data[INTERACTS].edge_index
    known = torch.zeros(9, 11, dtype=torch.float64)
    known[user, item] = 1
    graph = torch.zeros(20, 20, dtype=torch.float64)
    graph[:9, 9:], graph[9:, :9] = known, known.t()
    root = graph.sum(1).clamp(min=1).rsqrt()
    graph = root[:, None] * graph * root
    has = torch.ones(11, dtype=torch.float64)
    has[LACKING] = 0
    items, users = [model.item_embedding.weight], [model.user_embedding.weight]
    for name in NAMES:
        mask = has if name == "m1" else torch.ones_like(has)
        lin, x = model.project.lins[name], data["item"][name]
        items.append(mask[:, None] * (x @ lin.weight.t() + lin.bias))
        mean = (known * mask) @ x / (known * mask).sum(1, keepdim=True).clamp(min=1)
        users.append(mean @ model.user_project.lins[name].weight.t() + model.user_bias[name])
    alike = [data[edge_type].matrix.to_dense().double() for edge_type in (ALIKE_ITEMS, ALIKE_USERS)]
    steps = (model.num_ii_layers, model.num_uu_layers)
    items, users = (
        F.normalize(torch.linalg.matrix_power(matrix, num) @ torch.cat(x, 1)).split(4, 1)
        for matrix, num, x in zip(alike, steps, (items, users), strict=True)
    )
    relate = model.relate

    def step(x, change):
        return F.prelu(F.layer_norm(x + change, (4,), relate.norm.weight, relate.norm.bias),
                       relate.activate.weight)  # fmt: skip

    z = dict(zip(NAMES, items[1:], strict=True))
    mask = {"m0": torch.ones(11, 1).double(), "m1": has[:, None]}
    own = {n: step(x, mask[n] * attend(relate.within[n], x, x)) for n, x in z.items()}
    both = mask["m1"]
    other = {"m0": "m1", "m1": "m0"}
    out = {n: step(x, both * attend(relate.between[n], own[other[n]], x)) for n, x in own.items()}
    of_user = [F.prelu(x, relate.activate.weight) for x in users[1:]]
    content = {
        name: light_gcn(graph, x, out[name], model.num_layers) for name, x in zip(NAMES, of_user, strict=True)
    }
    return content, light_gcn(graph, users[0], items[0], model.num_layers)


def dense_output(model: REARM, content, ids):
    slope, out = model.relate.activate.weight, []
    for side, share in enumerate((model.user_share, model.item_share)):
        g = [content[name][side] for name in NAMES]
        shared = share(torch.cat(g, 1), ids[side])
        out.append(torch.cat([F.prelu(x, slope) + ids[side] for x in (*g, shared)], 1))
    return out


@pytest.mark.parametrize(("num_layers", "num_ii_layers", "num_uu_layers"), [(2, 1, 1), (0, 0, 2)])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(
    data, num_layers, num_ii_layers, num_uu_layers
) -> None:
    layers = {"num_layers": num_layers, "num_ii_layers": num_ii_layers, "num_uu_layers": num_uu_layers}
    weights = {"cl_weight": 0.3, "orth_weight": 0.2, "temperature": 0.5, "p_self": 0.0, "p_mutual": 0.0}
    model = REARM.from_data(data, embedding_dim=4, rank=2, **layers, **weights).double()
    content, ids = dense_parts(model, data)
    user, item = dense_output(model, content, ids)
    out = model(data)
    torch.testing.assert_close(out.user, user, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(out.item, item, rtol=1e-6, atol=1e-6)

    bpr = F.softplus((user[BATCH.user] * (item[BATCH.neg] - item[BATCH.pos])).sum(1)).mean()
    contrast, orthogonal = 0, 0
    sides = ((0, [0, 1, 3], [0, 1, 1, 3]), (1, [0, 1, 2, 3, 5], [2, 0, 3, 5]))  # item 4 lacks one
    for side, every, some in sides:
        one, other = (F.normalize(content[name][side][every]) for name in NAMES)
        contrast = contrast - (one @ other.t() / 0.5).log_softmax(1).diagonal().mean()
        halves = [content[name][side][some] for name in NAMES]
        halves = [x - x.mean(0) for x in halves]
        halves = [x / (x.detach().norm(dim=1, keepdim=True) + 1e-6) for x in halves]
        orthogonal = orthogonal + (halves[0].t() @ halves[1]).pow(2).mean()
    expected = {"bpr": bpr, "cl": 0.3 * contrast, "orth": 0.2 * orthogonal}
    terms = model.loss(data, BATCH)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-6, atol=1e-6)
    trained = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), trained, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(sum(expected.values()), trained), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-6)


def test_who_is_alike_is_a_mix_of_content_and_company(data) -> None:
    cases = (("item", ALIKE_ITEMS, ITEM_CO, 3, 0.25), ("user", ALIKE_USERS, USER_GRAPH, 4, 0.1))
    for kind, alike, co, k, share in cases:
        m0, m1, common, mixed = (
            data[edge_type].matrix.to_dense().double()
            for edge_type in ((kind, "m0_knn", kind), (kind, "m1_knn", kind), co, alike)
        )
        torch.testing.assert_close(mixed, (1 - share) / k * (0.3 * m0 + 0.7 * m1) + share * common)
        assert (m0.diagonal() > 0.99).all()


def test_one_modality_has_nothing_to_contrast(toy_data) -> None:
    data = REARM.prepare(toy_data(num_modalities=1))
    model = REARM.from_data(data, embedding_dim=4).double()
    assert list(model.loss(data, BATCH)) == ["bpr"]
    assert model(data).item.shape == (11, 8)


def test_three_modalities_contrast_in_pairs_and_those_that_nobody_has_are_left_out(toy_data) -> None:
    data = toy_data(num_modalities=3)
    data["item"][available_key("m2")] = torch.arange(11) > 8
    data = REARM.pre_transform(k=2)(data)
    model = REARM.from_data(data, embedding_dim=4, p_self=0.0, p_mutual=0.0, cl_weight=1.0).double()
    terms = model.loss(data, BATCH)
    assert terms["cl"] > 0
    model.propagate(data)[0].item.sum().backward()
    assert model.relate.between["m0"].weight.grad.ne(0).all()


def test_released_never_trains_what_compresses_content(data) -> None:
    frozen = {f"{side}_share.compress.{part}" for side in ("user", "item") for part in ("weight", "bias")}
    for variant, expected in (("paper", set()), ("released", frozen)):
        model = REARM.from_data(data, embedding_dim=4, variant=variant)
        assert {name for name, value in model.named_parameters() if not value.requires_grad} == expected


def test_wrong_arguments_are_errors(toy_data) -> None:
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'REARM' \(got 'mine'\)"):
        REARM(2, 3, {"m0": 4}, variant="mine")
    with pytest.raises(ValueError, match=r"'p' needs to be .* \(got 1.0\)"):
        REARM(2, 3, {"m0": 4}, p_self=1.0)
    with pytest.raises(ValueError, match=r"Call REARM.prepare\(data\) first"):
        REARM.from_data(toy_data()).double()(toy_data())
