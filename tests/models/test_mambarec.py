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
from pygmmrec.nn.feature.dream import dream_ref
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


@pytest.fixture
def places(toy_data) -> HeteroData:
    """Tokens [I, 20, 5], maps [I, 6, 20, 7] and vectors [I, 7]."""
    data, generator = toy_data(num_modalities=3), torch.Generator().manual_seed(3)
    for name, shape in (("m0", (20, 5)), ("m1", (6, 20, 7))):
        data["item"][name] = torch.randn(NUM_ITEMS, *shape, generator=generator, dtype=torch.float64)
    return MambaRec.pre_transform(k=3)(data)


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
    assert MambaRec(3, 4, sizes, variant="released").reduce.hidden_channels == {"image": 512}


def test_one_modality_alone_is_reduced_as_far_as_beside_the_others(toy_data) -> None:
    sizes = {"image": 4096, "text": 384}
    alone = {name: MambaRec(3, 4, {name: size}, data_dims=sizes) for name, size in sizes.items()}
    assert {name: model.reduce.out_channels for name, model in alone.items()} == {"image": 48, "text": 48}
    assert MambaRec(3, 4, {"image": 4096}).reduce.out_channels == 512
    released = [
        MambaRec(3, 4, {name: size}, data_dims=sizes, variant="released") for name, size in sizes.items()
    ]
    assert [model.reduce.hidden_channels for model in released] == [{"image": 512}, {}]

    data = toy_data(num_modalities=3)  # of 5, 6 and 7 columns
    model = MambaRec.from_data(data, modality_dims={"m2": 7}, reduction=2)
    assert model.config["data_dims"] == {"m0": 5, "m1": 6, "m2": 7}
    assert model.reduce.out_channels == 2
    torch.testing.assert_close(
        model.reduce({"m2": data["item"]["m2"].float()})["m2"],
        data["item"]["m2"].float() @ model.reduce.lins["m2"].weight.t(),
    )


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


@pytest.mark.parametrize("local_alignment", [False, True])
@pytest.mark.parametrize("variant", VARIANTS)
def test_tokens_and_maps_are_reduced_refined_and_averaged_by_hand(
    places, batch, variant, local_alignment
) -> None:
    model = build(places, variant=variant, local_alignment=local_alignment)
    assert model.config["layouts"] == {"m0": "tokens", "m1": "maps"}
    assert model.config["modality_dims"] == {"m0": 5, "m1": 6, "m2": 7}
    h = {}
    for name, equation in (("m0", "nlf,cf->nlc"), ("m1", "nfhw,cf->nchw"), ("m2", "nf,cf->nc")):
        weight, bias = model.reduce.lins[name].weight, model.reduce.lins[name].bias
        if name in model.reduce.hidden:
            first = model.reduce.hidden[name]
            weight, bias = weight @ first.weight, weight @ first.bias + bias
        x = torch.einsum(equation, places["item"][name], weight)
        if bias is not None:
            x = x + (bias[:, None, None] if name == "m1" else bias)
        x = dream_ref(copy.deepcopy(model.dream[name]), x) if local_alignment else x
        h[name] = {"m0": lambda x: x.sum(1) / 20, "m1": lambda x: x.sum((2, 3)) / 140, "m2": lambda x: x}[
            name
        ](x)
    found = copy.deepcopy(model).features(places)
    for name, x in h.items():
        torch.testing.assert_close(found[name], x, rtol=1e-12, atol=1e-12)
    terms = model.loss(places, batch)
    picked = [unit(h[name][batch.pos]) for name in h]
    mmd = sum(mmd_loss_ref(a, b, bandwidth=1.5) for a, b in combinations(picked, 2)) / 3
    torch.testing.assert_close(terms["mmd"], 0.15 * mmd, rtol=1e-12, atol=1e-12)
    assert model(places).item.shape == (NUM_ITEMS, DIM)


def test_the_order_of_tokens_counts_only_where_dream_sees_it(places) -> None:
    other = copy.copy(places)
    other["item"]["m0"] = places["item"]["m0"].flip(1).roll(3, dims=1)
    for local_alignment in (False, True):
        model = build(places, local_alignment=local_alignment)
        same = torch.allclose(model.features(places)["m0"], model.features(other)["m0"], atol=1e-9)
        assert same != local_alignment


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_tap_of_tokens_and_maps_is_trained(places, batch, variant) -> None:
    model = build(places, variant=variant, contrast="behaviour")
    reached = {name: torch.zeros_like(value) for name, value in model.named_parameters()}
    for seed in range(20):
        torch.manual_seed(seed)
        model.reset_parameters()
        model.zero_grad()
        sum(model.loss(places, batch).values()).backward()
        for name, value in model.named_parameters():
            reached[name] += value.grad.abs()
    # A row of 20 tokens and a map of 20 by 7 have taps 18 apart along one axis only.
    dilated = {name: value for name, value in reached.items() if name.endswith("scales.dilated")}
    assert dilated["dream.m0.scales.dilated"].ne(0).all()
    assert dilated["dream.m1.scales.dilated"][:, :, :, :, 1].ne(0).all()
    assert dilated["dream.m1.scales.dilated"][1:, :, :, :, [0, 2]].eq(0).all()


def test_items_without_tokens_are_left_out_of_graph_and_alignment(places, batch, toy_data) -> None:
    data = toy_data(num_modalities=3)
    has = torch.ones(NUM_ITEMS, dtype=torch.bool)
    has[[2, 5]] = False
    for name in ("m0", "m1"):
        data["item"][name] = places["item"][name]
    data["item"]["m0"] = data["item"]["m0"] * has[:, None, None]
    data["item"][available_key("m0")] = has
    data = MambaRec.pre_transform(k=3)(data)
    assert not set(data[item_edge_type("m0_knn")].edge_index.flatten().tolist()) & {2, 5}
    model = build(data)
    h = model.features(data)
    kept = batch.pos[has[batch.pos]]
    samples = unit(h["m0"][kept]), unit(h["m1"][batch.pos]), unit(h["m2"][batch.pos])
    mmd = sum(mmd_loss_ref(a, b, bandwidth=1.5) for a, b in combinations(samples, 2)) / 3
    torch.testing.assert_close(model.loss(data, batch)["mmd"], 0.15 * mmd, rtol=1e-12, atol=1e-12)


def test_mmd_of_raw_rows_at_median_bandwidths_by_hand(data, batch) -> None:
    model = build(data, mmd_rows="raw", bandwidth="medians")
    a, b = (h[batch.pos] for h in model.features(data).values())
    distinct = [h[batch.pos.unique()] for h in model.features(data).values()]
    median = F.pdist(torch.cat(distinct)).median()

    def kernel(x: Tensor, y: Tensor, sigma: Tensor) -> Tensor:
        return torch.exp(-(x[:, None] - y[None]).square().sum(-1) / (2 * sigma**2)).mean()

    by_hand = [
        kernel(a, a, sigma) + kernel(b, b, sigma) - 2 * kernel(a, b, sigma)
        for sigma in (median / 4, median / 2, median, median * 2)
    ]
    found = model.loss(data, batch)["mmd"]
    torch.testing.assert_close(found, 0.15 * sum(by_hand) / 4, rtol=1e-12, atol=1e-12)
    assert not torch.allclose(found, build(data, bandwidth="medians").loss(data, batch)["mmd"])


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
        ({"mmd_rows": "mine"}, "'mmd_rows' needs to be one of .* in 'MambaRec'"),
        ({"layouts": {"image": "mine"}}, "'layouts' needs to be out of .*'tokens'.* in 'MambaRec'"),
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
