import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models import MGCN
from pygmmrec.typing import INTERACTS, Triplets, available_key, item_edge_type

NUM_USERS, NUM_ITEMS = 9, 11
VARIANTS = ["paper", "released"]
BATCH = Triplets(torch.tensor([0, 1, 1, 5, 8]), torch.tensor([2, 0, 2, 7, 10]), torch.tensor([1, 3, 4, 0, 6]))
"""Users and items repeat, so that the contrast has something to mask."""


def build(data: HeteroData, **config) -> MGCN:
    return MGCN.from_data(data, **{"embedding_dim": 4, **config}).double()


def knn(x: Tensor, k: int, having: list[int]) -> Tensor:
    """Cosines with the k nearest, divided by the roots of both row sums; no row for the others."""
    x = x / x.norm(dim=1, keepdim=True)
    weight = torch.zeros(NUM_ITEMS, NUM_ITEMS, dtype=torch.float64)
    for i in having:
        nearest = sorted(having, key=lambda j: -float(x[i] @ x[j]))[:k]
        weight[i, nearest] = (x[nearest] @ x[i]).clamp(min=0)
    root = weight.sum(1)
    root = torch.where(root > 0, root, 1).rsqrt()
    return root[:, None] * weight * root


def dense(model: MGCN, data: HeteroData, k: int, having: dict[str, list[int]]) -> tuple[Tensor, Tensor]:
    """Both views of users above items, with every matrix whole."""
    user, item = data[INTERACTS].edge_index
    square = torch.zeros(NUM_USERS + NUM_ITEMS, NUM_USERS + NUM_ITEMS, dtype=torch.float64)
    square[user, item + NUM_USERS] = square[item + NUM_USERS, user] = 1
    root = square.sum(1).rsqrt()
    square = root[:, None] * square * root
    layers = [torch.cat([model.user_embedding.weight, model.item_embedding.weight])]
    for _ in range(model.num_ui_layers):
        layers.append(square @ layers[-1])
    e = torch.stack(layers).mean(0)
    z = {}
    for name in model.modality_dims:
        project, gate = model.project.lins[name], model.multi_view.purify.gate.lins[name]
        f = data["item"][name] @ project.weight.t() + project.bias
        items = model.item_embedding.weight * torch.sigmoid(f @ gate.weight.t() + gate.bias)
        items = (
            torch.linalg.matrix_power(knn(data["item"][name], k, having[name]), model.num_ii_layers) @ items
        )
        z[name] = torch.cat([square[:NUM_USERS, NUM_USERS:] @ items, items])
    if len(z) == 1:
        (only,) = z.values()
        return e, only if model.variant == "paper" else only / 2
    fuse = model.multi_view.fuse
    logits = [torch.tanh(x @ fuse.key.weight.t() + fuse.key.bias) @ fuse.query for x in z.values()]
    share = torch.stack(logits).softmax(0)
    common = sum(a[:, None] * x for a, x in zip(share, z.values(), strict=True))
    private = sum(
        torch.sigmoid(e @ fuse.gates[name].weight.t() + fuse.gates[name].bias) * (x - common)
        for name, x in z.items()
    )
    if model.variant == "paper":
        return e, common + private / len(z)
    return e, (common + private) / (len(z) + 1)


def nce(a: Tensor, b: Tensor, temperature: float, node: Tensor | None) -> Tensor:
    logits = F.normalize(a) @ F.normalize(b).t() / temperature
    if node is not None:
        repeated = (node[:, None] == node) & ~torch.eye(len(node), dtype=torch.bool)
        logits = logits.masked_fill(repeated, -torch.inf)
    return F.cross_entropy(logits, torch.arange(len(a)))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("num_modalities", [1, 2, 3])
@pytest.mark.parametrize(("num_ui_layers", "num_ii_layers"), [(2, 1), (0, 2), (3, 0)])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(
    toy_data, variant, num_modalities, num_ui_layers, num_ii_layers
) -> None:
    """Two items lack the last modality, which no item graph of theirs then has."""
    raw = toy_data(num_modalities=num_modalities)
    having = {name: list(range(NUM_ITEMS)) for name in (f"m{m}" for m in range(num_modalities))}
    if num_ii_layers > 0:  # otherwise features count where there are none
        last = f"m{num_modalities - 1}"
        having[last] = [i for i in range(NUM_ITEMS) if i not in (2, 7)]
        raw["item"][available_key(last)] = torch.tensor([i in having[last] for i in range(NUM_ITEMS)])
    data = MGCN.pre_transform(k=3)(raw)
    config = {"num_ui_layers": num_ui_layers, "num_ii_layers": num_ii_layers, "variant": variant}
    model = build(data, cl_weight=0.2, temperature=0.5, reg_weight=0.1, **config)
    e, s = dense(model, data, 3, having)
    torch.testing.assert_close(torch.cat(model(data)), e + s, rtol=1e-6, atol=1e-6)

    user, item = (e + s).split([NUM_USERS, NUM_ITEMS])
    rows = user[BATCH.user], item[BATCH.pos], item[BATCH.neg]
    bpr = F.softplus((rows[0] * (rows[2] - rows[1])).sum(1)).mean()
    if variant == "paper":
        free = model.item_embedding.weight
        rows = model.user_embedding.weight[BATCH.user], free[BATCH.pos], free[BATCH.neg]
    expected = {"bpr": bpr, "l2": 0.1 * sum(x.pow(2).sum() for x in rows) / 2 / 5}
    for key, index, start in (("cl_user", BATCH.user, 0), ("cl_item", BATCH.pos, NUM_USERS)):
        node = index if variant == "paper" else None
        expected[key] = 0.2 * nce(s[start + index], e[start + index], 0.5, node)
    terms = model.loss(data, BATCH)
    assert list(terms) == list(expected)
    for name, value in terms.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-6, atol=1e-6)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights)
    for left, right in zip(actual, torch.autograd.grad(sum(expected.values()), weights), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("variant", VARIANTS)
def test_one_modality_of_several(toy_data, variant) -> None:
    raw = toy_data()
    data = MGCN.pre_transform(k=3, modality=["m1"])(raw)
    assert item_edge_type("m0_knn") not in data.edge_types
    model = build(data, modality_dims={"m1": 6}, variant=variant)
    e, s = dense(model, data, 3, {"m1": list(range(NUM_ITEMS))})
    torch.testing.assert_close(torch.cat(model(data)), e + s, rtol=1e-6, atol=1e-6)


def test_no_weight_no_contrast(toy_data) -> None:
    data = MGCN.pre_transform(k=3)(toy_data())
    assert list(build(data, cl_weight=0.0).loss(data, BATCH)) == ["bpr", "l2"]


def test_features_that_ask_for_a_gradient_are_trained(toy_data) -> None:
    data = MGCN.pre_transform(k=3)(toy_data())
    x = data["item"]["m0"] = data["item"]["m0"].clone().requires_grad_()
    sum(build(data).loss(data, BATCH).values()).backward()
    assert x.grad.ne(0).all()


def test_the_gradient_reaches_every_element_of_the_released_variant(toy_data) -> None:
    data = MGCN.pre_transform(k=3)(toy_data())
    model = build(data, variant="released")
    user, item = data[INTERACTS].edge_index
    sum(model.loss(data, Triplets(user, item, (item + 5) % NUM_ITEMS)).values()).backward()
    assert [name for name, value in model.named_parameters() if not value.grad.ne(0).all()] == []


def test_defaults_are_those_of_the_paper() -> None:
    table = {"embedding_dim": 64, "num_ui_layers": 2, "num_ii_layers": 1, "cl_weight": 0.01}
    weights = {"temperature": 0.2, "reg_weight": 1e-4, "variant": "paper"}
    assert {**table, **weights}.items() <= MGCN(3, 4, {"image": 16}).config.items()
    assert "k=10" in repr(MGCN.pre_transform())


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"variant": "mine"}, r"'variant' needs to be one of .* in 'MGCN' \(got 'mine'\)"),
        ({"temperature": 0.0}, "'temperature' needs to be positive in 'MGCN'"),
        ({"num_ui_layers": -1}, "'num_ui_layers' needs to be at least 0"),
        ({"num_ii_layers": -1}, "'num_ii_layers' needs to be at least 0"),
    ],
)
def test_wrong_arguments_are_errors(config, message) -> None:
    with pytest.raises(ValueError, match=message):
        MGCN(2, 3, {"m0": 4}, **config)


def test_a_graph_without_the_item_graphs_is_an_error(toy_data) -> None:
    raw = toy_data()
    with pytest.raises(ValueError, match=r"Call MGCN.prepare\(data\) first"):
        build(raw)(raw)
