import copy
from itertools import combinations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.losses.mmd import mmd_loss_ref
from pygmmrec.models import MambaRec
from pygmmrec.nn import DREAM
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Triplets, available_key, item_edge_type

NUM_USERS, NUM_ITEMS, DIM = 9, 11, 4
VARIANTS = ["paper", "released"]


@pytest.fixture
def data(toy_data) -> HeteroData:
    return MambaRec.pre_transform(k=3)(toy_data())


@pytest.fixture
def batch() -> Triplets:
    """Users and items repeat, so that the contrast has something to mask."""
    return Triplets(
        torch.tensor([0, 1, 1, 5, 8]), torch.tensor([2, 0, 2, 7, 10]), torch.tensor([1, 3, 4, 0, 6])
    )


def build(data: HeteroData, **config) -> MambaRec:
    return MambaRec.from_data(data, **{"embedding_dim": DIM, "reduction": 2, **config}).double()


def unit(x: Tensor) -> Tensor:
    length = x.norm(dim=1, keepdim=True)
    return x / length.masked_fill(length == 0, 1)  # a ReLU may leave a row of zeros


def nce(a: Tensor, b: Tensor, temperature: float, node: Tensor | None) -> Tensor:
    logits = unit(a) @ unit(b).t() / temperature
    if node is not None:
        logits = logits.masked_fill(
            (node[:, None] == node) & ~torch.eye(len(node), dtype=torch.bool), -torch.inf
        )
    return F.cross_entropy(logits, torch.arange(len(a)))


def dense(model: MambaRec, data: HeteroData) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """Features, and both views of users above items, with every matrix whole."""
    h = {}
    for name in model.modality_dims:
        x = data["item"][name]
        if name in model.reduce.hidden:
            x = model.reduce.hidden[name](x)
        h[name] = model.reduce.lins[name](x)
        if model.local_alignment:
            h[name] = model.dream[name](h[name])
    to_item = data[INTERACTS].matrix.to_dense()
    zero = torch.zeros
    square = torch.cat(
        [
            torch.cat([zero(NUM_USERS, NUM_USERS), to_item.t()], dim=1),
            torch.cat([to_item, zero(NUM_ITEMS, NUM_ITEMS)], dim=1),
        ]
    ).double()
    layers = [torch.cat([model.user_embedding.weight, model.item_embedding.weight])]
    for _ in range(model.num_ui_layers):
        layers.append(square @ layers[-1])
    e = torch.stack(layers).mean(dim=0)
    z = {}
    for name, x in h.items():
        x = x if model.norm is None else F.layer_norm(x, (x.size(1),), model.norm.weight, model.norm.bias)
        lin = model.multi_view.purify.gate.lins[name]
        items = model.item_embedding.weight * torch.sigmoid(lin(x))
        for _ in range(model.num_ii_layers):
            items = data[item_edge_type(f"{name}_knn")].matrix.to_dense() @ items
        z[name] = torch.cat([to_item.t().double() @ items, items])
    s = model.multi_view.fuse(z, e)
    return h, e, s


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("local_alignment", [False, True])
@pytest.mark.parametrize("contrast", [None, "modality", "behaviour"])
@pytest.mark.parametrize("num_modalities", [2, 3])
def test_embeddings_and_loss_are_the_dense_formulas(
    toy_data, batch, variant, local_alignment, contrast, num_modalities
) -> None:
    data = MambaRec.pre_transform(k=3)(toy_data(num_modalities=num_modalities))
    config = {"variant": variant, "local_alignment": local_alignment, "contrast": contrast}
    weights = {"mmd_weight": 0.3, "cl_weight": 0.2, "reg_weight": 0.1, "bandwidth": 1.2, "temperature": 0.5}
    model = build(data, num_ui_layers=2, **config, **weights)
    h, e, s = dense(model, data)
    out = model(data)
    torch.testing.assert_close(torch.cat(out), e + s, rtol=1e-6, atol=1e-6)

    user, pos, neg = (x[index] for x, index in zip((out.user, out.item, out.item), batch, strict=True))
    bpr = F.softplus((user * neg).sum(1) - (user * pos).sum(1)).mean()
    if variant == "paper":
        ego = model.user_embedding.weight, model.item_embedding.weight, model.item_embedding.weight
        user, pos, neg = (x[index] for x, index in zip(ego, batch, strict=True))
    expected = {"bpr": bpr, "l2": 0.1 * sum(x.pow(2).sum() for x in (user, pos, neg)) / 2 / 5}
    pairs = list(combinations(h, 2))
    picked = {name: x[batch.pos] for name, x in h.items()}
    mmd = [mmd_loss_ref(unit(picked[a]), unit(picked[b]), bandwidth=1.2) for a, b in pairs]
    expected["mmd"] = 0.3 * sum(mmd) / len(mmd)
    masked = variant == "paper"
    if (contrast or ("modality" if variant == "paper" else "behaviour")) == "modality":
        cl = [nce(picked[a], picked[b], 0.5, batch.pos) for a, b in pairs]
        expected["cl_modality"] = 0.2 * sum(cl) / len(cl)
    else:
        for key, index, start in (("user", batch.user, 0), ("item", batch.pos, NUM_USERS)):
            node = index if masked else None
            expected[f"cl_{key}"] = 0.2 * nce(s[start + index], e[start + index], 0.5, node)
    terms = model.loss(data, batch)
    assert set(terms) == set(expected)
    for name, value in terms.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-6, atol=1e-6)
    grads = [
        torch.autograd.grad(sum(losses.values()), list(model.parameters()), allow_unused=True)
        for losses in (terms, expected)
    ]
    for actual, wanted in zip(*grads, strict=True):
        torch.testing.assert_close(actual, wanted, rtol=1e-6, atol=1e-6)


def test_ablations_leave_out_their_terms_and_layers(data, batch) -> None:
    assert list(build(data).loss(data, batch)) == ["bpr", "l2", "mmd", "cl_modality"]
    assert list(build(data, mmd_weight=0).loss(data, batch)) == ["bpr", "l2", "cl_modality"]
    assert list(build(data, cl_weight=0).loss(data, batch)) == ["bpr", "l2", "mmd"]
    assert list(build(data, mmd_weight=0, cl_weight=0).loss(data, batch)) == ["bpr", "l2"]
    released = build(data, variant="released")
    assert list(released.loss(data, batch)) == ["bpr", "l2", "cl_user", "cl_item", "mmd"]
    for variant in VARIANTS:
        without = build(data, variant=variant, local_alignment=False)
        assert not any(isinstance(module, DREAM) for module in without.modules())


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("name", ["m0", "m1"])
def test_one_modality_of_several(data, batch, variant, name) -> None:
    sizes = {name: data["item"][name].size(1)}
    model = build(data, modality_dims=sizes, variant=variant)
    terms = model.loss(data, batch)
    assert set(terms) == {"bpr", "l2"} | ({"cl_user", "cl_item"} if variant == "released" else set())
    assert list(model.features(data)) == [name]
    reached = {key: torch.zeros_like(value) for key, value in model.named_parameters()}
    for seed in range(30):
        torch.manual_seed(seed)
        model.reset_parameters()
        model.zero_grad()
        sum(value.square().sum() for value in model(data)).backward()
        for key, value in model.named_parameters():
            reached[key] += value.grad.abs()
    assert [key for key, value in reached.items() if not value.ne(0).all()] == []


def test_the_gradient_reaches_every_element_of_the_released_variant(data) -> None:
    model = build(data, variant="released")
    user, item = data[INTERACTS].edge_index
    batch = Triplets(user, item, (item + 5) % NUM_ITEMS)
    reached = {key: torch.zeros_like(value) for key, value in model.named_parameters()}
    for seed in range(20):  # gates and units of a ReLU may be dead for one draw
        torch.manual_seed(seed)
        model.reset_parameters()
        model.zero_grad()
        sum(model.loss(data, batch).values()).backward()
        for key, value in model.named_parameters():
            reached[key] += value.grad.abs()
    assert [key for key, value in reached.items() if not value.ne(0).all()] == []


def test_sizes_follow_the_variant() -> None:
    sizes = {"image": 4096, "text": 384}
    paper = MambaRec(3, 4, sizes)
    assert {name: lin.weight.shape for name, lin in paper.reduce.lins.items()} == {
        "image": (48, 4096),
        "text": (48, 384),
    }
    assert paper.multi_view.in_channels == {"image": 240, "text": 240}
    released = MambaRec(3, 4, sizes, variant="released", reduction={"image": 8})
    assert released.reduce.hidden_channels == {"image": 512}
    assert {name: lin.weight.shape for name, lin in released.reduce.lins.items()} == {
        "image": (64, 512),
        "text": (64, 384),
    }
    assert MambaRec(3, 4, sizes, variant="released").reduce.hidden_channels == {"image": 512, "text": 48}


def test_items_without_a_modality_are_not_aligned_by_it(toy_data, batch) -> None:
    data = toy_data()
    has = torch.ones(NUM_ITEMS, dtype=torch.bool)
    has[[2, 5]] = False
    data["item"][available_key("m0")] = has
    data["item"]["m0"] = data["item"]["m0"] * has[:, None]
    data = MambaRec.pre_transform(k=3)(data)
    model = build(data)
    terms, h = model.loss(data, batch), model.features(data)
    kept = batch.pos[has[batch.pos]]
    assert kept.tolist() == [0, 7, 10]
    mmd = mmd_loss_ref(unit(h["m0"][kept]), unit(h["m1"][batch.pos]), bandwidth=1.5)
    torch.testing.assert_close(terms["mmd"], 0.15 * mmd, rtol=1e-6, atol=1e-6)
    cl = 0.01 * nce(h["m0"][kept], h["m1"][kept], 0.2, kept)
    torch.testing.assert_close(terms["cl_modality"], cl, rtol=1e-6, atol=1e-6)
    nobody = Triplets(batch.user[:2], torch.tensor([2, 5]), batch.neg[:2])
    assert list(model.loss(data, nobody)) == ["bpr", "l2"]


def test_graphs_are_cosine_weighted_and_normalised_by_row_sums(data, toy_data) -> None:
    for name in ("m0", "m1"):
        x = unit(data["item"][name])
        similarity = x @ x.t()
        top = torch.zeros_like(similarity).scatter(1, similarity.topk(3, dim=1).indices, 1.0)
        weight = similarity.clamp(min=0) * top
        root = weight.sum(dim=1).rsqrt()
        expected = root[:, None] * weight * root
        actual = data[item_edge_type(f"{name}_knn")].matrix.to_dense()
        torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-6)
    assert data[REV_INTERACTS].matrix.num_rows == NUM_USERS
    one = MambaRec.pre_transform(k=2, modality=["m1"])(toy_data())
    assert item_edge_type("m0_knn") not in one.edge_types
    build(one, modality_dims={"m1": 6})(one)
    assert "k=10" in repr(MambaRec.pre_transform())


def test_dream_runs_once_a_step(data, batch) -> None:
    model = build(data, variant="released")
    model.loss(data, batch)
    counts = {int(v) for k, v in model.named_buffers() if k.endswith("num_batches_tracked")}
    assert counts == {1}


def test_dropout_is_of_training_only(data) -> None:
    model = build(data, p=0.5)
    assert not torch.equal(model(data).item, model(data).item)
    model.eval()
    kept = copy.deepcopy(model)
    kept.dropout.p = 0.0
    assert torch.equal(model(data).item, kept(data).item)


def test_defaults_are_those_of_the_paper() -> None:
    config = MambaRec(3, 4, {"image": 16}).config
    table = {"embedding_dim": 64, "num_ui_layers": 4, "num_ii_layers": 1, "reduction": 8, "cl_weight": 0.01}
    weights = {"mmd_weight": 0.15, "temperature": 0.2, "reg_weight": 1e-4, "variant": "paper"}
    assert {**table, **weights}.items() <= config.items()


@pytest.mark.parametrize("variant", VARIANTS)
def test_reset_parameters(data, variant) -> None:
    model = build(data, variant=variant)
    with torch.no_grad():
        for value in model.parameters():
            value.fill_(77)
    model(data)
    model.reset_parameters()
    assert [name for name, value in model.named_parameters() if value.eq(77).any()] == []
    assert all(value.eq(0).all() for name, value in model.named_buffers() if name.endswith("running_mean"))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"variant": "mine"}, "'variant' needs to be one of .* in 'MambaRec'"),
        ({"contrast": "mine"}, "'contrast' needs to be one of .* in 'MambaRec'"),
        ({"temperature": 0.0}, "'temperature' needs to be positive in 'MambaRec'"),
        ({"bandwidth": 0.0}, "'bandwidth' needs to be positive .* in 'MambaRec'"),
        ({"p": 1.5}, "'p' needs to be between 0 and 1 in 'MambaRec'"),
        ({"reduction": 0}, "'ratio' needs to be at least 1"),
        ({"reduction": {"image": 8}}, "'reduction' needs to be one number where 'variant' is 'paper'"),
        (
            {"reduction": {"sound": 8}, "variant": "released"},
            r"'ratio' needs to be at least 1, .*\['image'\]",
        ),
        ({"num_ui_layers": -1}, "'num_ui_layers' needs to be"),
        ({"num_ii_layers": -1}, "'num_ii_layers' needs to be"),
    ],
)
def test_wrong_arguments_are_errors(config, message) -> None:
    with pytest.raises(ValueError, match=message):
        MambaRec(3, 4, {"image": 16}, **config)
