"""What every model keeps, whatever it computes: runs over ``models.__all__``."""

import copy
import inspect
from typing import Any

import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec import models
from pygmmrec.data.ids import IdMap
from pygmmrec.models import Recommender
from pygmmrec.sampling import TripletSampler
from pygmmrec.typing import INTERACTS, VALID, Embeddings, Triplets, available_key

NAMES = [name for name in models.__all__ if name != "Recommender"]
MULTIMODAL = [
    name for name in NAMES if "modality_dims" in inspect.signature(getattr(models, name)).parameters
]
SMALL: dict[str, dict[str, Any]] = {
    "CRANE": {"k": 4, "num_rounds": 2},
    "DGVAE": {"p": 0.2},  # with more the loss of a few users differs too much from draw to draw
    "GRCN": {"content_dim": 5},
    "LATTICE": {"k": 4},
    "LGMRec": {"noise": "never", "p": 0.0},  # the same numbers from the same weights, in training too
    "MambaRec": {"reduction": 1},
    "VBPR": {"embedding_dim": 3},  # more factors memorise features that are noise
}
"""What a model needs so that it fits a graph of a few nodes."""

BY_FEATURES_ALONE = ("DualGNN",)
"""Models in which items have no weights of their own."""

TRAINED_BY_FEATURES = ("BM3",)
"""Models that rank by weights alone: features shape these in training and are not looked at afterwards."""

NUM_USERS, NUM_ITEMS = 9, 11  # no other size in the small models is one of these


def build(name: str, data: HeteroData, **config: Any) -> Recommender:
    model: Recommender = getattr(models, name).from_data(
        data, **{"embedding_dim": 6, **SMALL.get(name, {}), **config}
    )
    return model


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def data(toy_data, name) -> HeteroData:
    """The graph with what the model's paper freezes, in double precision."""
    return getattr(models, name).pre_transform()(toy_data())


@pytest.fixture
def model(name, data) -> Recommender:
    return build(name, data).double()


def all_triplets(data: HeteroData) -> Triplets:
    """Every user with every item it has and every item it lacks."""
    user, item = data[INTERACTS].edge_index
    known = torch.zeros(data["user"].num_nodes, data["item"].num_nodes, dtype=torch.bool)
    known[user, item] = True
    triplets = [
        (u, i, j) for u, i in zip(user.tolist(), item.tolist(), strict=True) for j in (~known[u]).nonzero()
    ]
    return Triplets(*torch.tensor(triplets).t())


def train(model: Recommender, data: HeteroData, epochs: int, lr: float, seed: int = 0) -> None:
    """The plain loop."""
    transform = type(model).epoch_transform() or copy.copy
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    sampler = TripletSampler(data, batch_size=32, seed=seed)
    for _ in range(epochs):
        graph = transform(data)
        model.refresh(graph)
        for batch in sampler:
            optimizer.zero_grad()
            sum(model.loss(graph, batch).values()).backward()
            optimizer.step()


def scores(model: Recommender, data: HeteroData) -> Tensor:
    with torch.no_grad():
        return model.score(model(data), torch.arange(model.num_users))


def test_learns_a_checkerboard(toy_data, name) -> None:
    """Users like items of their own parity; what is held out of these ranks above all others."""
    num = 20
    user, item = ((torch.arange(num)[:, None] + torch.arange(num)) % 2 == 0).nonzero().t()
    held_out = (user // 2 * 3 + item // 2) % 10 < 2  # two of ten for each user
    data = toy_data(torch.stack([user, item])[:, ~held_out], num, num, dtype=torch.float32)
    data = getattr(models, name).pre_transform()(data)
    model = build(name, data)
    train(model, data, epochs=20, lr=0.02)
    best, _ = model.recommend(data, torch.arange(num), 2, exclude="train")
    expected = item[held_out].view(num, 2)
    hits = sum(len(set(a) & set(b)) for a, b in zip(best.tolist(), expected.tolist(), strict=True))
    assert expected.size(0) * 2 == num * 2
    assert hits >= 0.95 * 2 * num  # chance: one in six


def test_the_loss_is_named_scalars_and_training_lowers_their_sum(model, data) -> None:
    batch = all_triplets(data)
    terms = model.loss(data, batch)
    assert all(value.dim() == 0 and value.isfinite() for value in terms.values())
    before = sum(terms.values()).item()
    train(model, data, epochs=5, lr=0.02)
    assert sum(model.loss(data, batch).values()).item() < before


def test_the_gradient_reaches_every_element_of_every_weight(model, data) -> None:
    batch = all_triplets(data)
    reached = {name: torch.zeros_like(value) for name, value in model.named_parameters()}
    for seed in range(6):  # a unit of a ReLU may be dead for one draw
        torch.manual_seed(seed)
        model.reset_parameters()
        model.zero_grad()
        graph = copy.copy(data)
        model.refresh(graph)
        sum(model.loss(graph, batch).values()).backward()
        for name, value in model.named_parameters():
            assert value.grad is not None, name
            assert value.grad.isfinite().all(), name
            reached[name] += value.grad.abs()
    assert [name for name, value in reached.items() if not value.ne(0).all()] == []


def test_reset_parameters_draws_everything_again(model) -> None:
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    with torch.no_grad():
        for value in model.parameters():
            value.fill_(77)
    model.reset_parameters()
    for name, value in model.named_parameters():
        assert not value.eq(77).any(), name
        assert value.eq(0).all() or not torch.equal(value, before[name]), name


def test_a_reloaded_model_ranks_the_same(model, data) -> None:
    train(model, data, epochs=2, lr=0.02)
    other = type(model)(**model.config).double()
    assert not torch.equal(scores(other, data), scores(model, data))
    other.load_state_dict(model.state_dict())
    assert torch.equal(scores(other, data), scores(model, data))
    lists = [m.recommend(data, torch.arange(NUM_USERS), 5, exclude="train")[0] for m in (model, other)]
    assert torch.equal(*lists)


def test_items_in_another_order_give_the_same_scores_in_that_order(model, name, toy_data, data) -> None:
    order = torch.randperm(NUM_ITEMS)
    user, item = data[INTERACTS].edge_index
    shuffled = toy_data(torch.stack([user, order.argsort()[item]]), NUM_USERS, NUM_ITEMS)
    for key in ("m0", "m1"):
        shuffled["item"][key] = data["item"][key][order]
    shuffled = getattr(models, name).pre_transform()(shuffled)
    other = type(model)(**model.config).double()
    state = model.state_dict()
    moved = {key: value[order] for key, value in state.items() if value.dim() and value.size(0) == NUM_ITEMS}
    assert bool(moved) != (name in BY_FEATURES_ALONE)
    other.load_state_dict({**state, **moved})
    torch.testing.assert_close(scores(other, shuffled), scores(model, data)[:, order], rtol=1e-9, atol=1e-9)


def test_evaluation_repeats_itself_and_leaves_no_trace(model, data) -> None:
    batch = all_triplets(data)
    torch.manual_seed(1)
    before = [value.item() for value in model.loss(data, batch).values()]
    first = model.recommend(data, torch.arange(NUM_USERS), 4, exclude="train")
    second = model.recommend(data, torch.arange(NUM_USERS), 4, exclude="train")
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])
    torch.manual_seed(1)
    assert [value.item() for value in model.loss(data, batch).values()] == before


def test_the_graph_of_the_dataset_is_left_alone(model, data) -> None:
    before = {key: dict(store.items()) for key, store in zip(data.edge_types, data.edge_stores, strict=True)}
    train(model, data, epochs=1, lr=0.02)
    model.recommend(data, torch.arange(NUM_USERS), 3)
    assert data.edge_types == list(before)
    for edge_type, values in before.items():
        assert set(data[edge_type].keys()) == set(values)
        assert all(data[edge_type][key] is value for key, value in values.items())


def test_nothing_but_weights_is_kept(model, data) -> None:
    train(model, data, epochs=1, lr=0.02)
    tensors = {id(value) for value in (*model.parameters(), *model.buffers())}
    assert sum(value.numel() for value in model.state_dict().values()) == sum(
        value.numel() for value in (*model.parameters(), *model.buffers())
    )
    for module in model.modules():
        for key, value in vars(module).items():
            assert not isinstance(value, HeteroData), key
            assert not isinstance(value, Tensor) or id(value) in tensors, key


def test_output_and_scores_have_their_shapes_in_single_precision(toy_data, name) -> None:
    data = getattr(models, name).pre_transform()(toy_data(dtype=torch.float32))
    model = build(name, data)
    out = model(data)
    assert isinstance(out, Embeddings)
    assert (out.user.size(0), out.item.size(0)) == (NUM_USERS, NUM_ITEMS)
    users = torch.tensor([4, 0, 4])
    assert model.score(out, users).shape == (3, NUM_ITEMS)
    assert out.user.dtype == model.score(out, users).dtype == torch.float32
    assert torch.equal(model.score(out, users)[0], model.score(out, users)[2])


def test_under_autocast(toy_data, name) -> None:
    data = getattr(models, name).pre_transform()(toy_data(dtype=torch.float32))
    model, batch = build(name, data), all_triplets(data)
    torch.manual_seed(1)  # both losses have the same noise
    plain = sum(model.loss(data, batch).values()).item()
    torch.manual_seed(1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = sum(model.loss(data, batch).values())
    loss.backward()
    assert loss.item() == pytest.approx(plain, rel=0.05)
    assert all(value.grad is None or value.grad.isfinite().all() for value in model.parameters())


@pytest.mark.parametrize("num_modalities", [1, 2, 3])
@pytest.mark.parametrize("multimodal", MULTIMODAL)
def test_any_number_of_modalities_and_each_of_them_counts(toy_data, multimodal, num_modalities) -> None:
    data = getattr(models, multimodal).pre_transform()(toy_data(num_modalities=num_modalities))
    model = build(multimodal, data).double()
    assert model.config["modality_dims"] == {f"m{m}": 5 + m for m in range(num_modalities)}
    before = scores(model, data)
    train(model, data, epochs=1, lr=0.01)
    for m in range(num_modalities):
        changed, before = copy.copy(data), scores(model, data)
        changed["item"][f"m{m}"] = data["item"][f"m{m}"].flip(0)
        changed = getattr(models, multimodal).pre_transform()(changed)  # a frozen graph has them as well
        other = model
        if multimodal in TRAINED_BY_FEATURES:
            torch.manual_seed(m)
            other = copy.deepcopy(model)
            train(other, changed, epochs=1, lr=0.01)
            torch.manual_seed(m)
            train(model, data, epochs=1, lr=0.01)
            before = scores(model, data)
        assert not torch.allclose(scores(other, changed), before)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("multimodal", MULTIMODAL)
def test_an_item_without_features_does_not_spoil_the_weights(toy_data, multimodal, masked) -> None:
    data = toy_data(dtype=torch.float32)
    for key in ("m0", "m1"):
        data["item"][key] = data["item"][key].clone()
    data["item"]["m0"][:2] = 0
    data["item"]["m1"][1:3] = 0
    if masked:
        for key in ("m0", "m1"):
            data["item"][available_key(key)] = data["item"][key].any(dim=1)
    pre_transform = getattr(models, multimodal).pre_transform
    few = {"k": 3} if "k" in inspect.signature(pre_transform).parameters else {}  # few have features
    data = pre_transform(**few)(data)
    for k in (2, NUM_ITEMS):
        model = build(multimodal, data, **({"k": k} if "k" in SMALL.get(multimodal, {}) else {}))
        train(model, data, epochs=2, lr=0.01)
        assert all(value.isfinite().all() for value in model.parameters())


@pytest.mark.parametrize("multimodal", MULTIMODAL)
def test_missing_modalities_are_errors(toy_data, multimodal) -> None:
    cls = getattr(models, multimodal)
    with pytest.raises(ValueError, match="at least one"):
        build(multimodal, toy_data(num_modalities=0))
    model = build(multimodal, toy_data(num_modalities=3)).double()
    with pytest.raises(ValueError, match=r"include the modality 'm2' .*\['m0', 'm1'\]"):
        model(cls.pre_transform()(toy_data(num_modalities=2)))
    model = build(multimodal, toy_data(), modality_dims={"m0": 5, "m1": 9}).double()
    with pytest.raises(ValueError, match="of size 9 in modality 'm1'"):
        model(cls.pre_transform()(toy_data()))


def test_repr_shows_every_argument_and_builds_the_model_again(model, name) -> None:
    arguments = inspect.signature(type(model)).parameters
    assert list(model.config) == list(arguments)
    assert all(f"{argument}=" in repr(model) for argument in arguments)
    again = eval(repr(model), {name: type(model)})
    assert again.config == model.config
    assert repr(again) == repr(model)
    assert {key: value.shape for key, value in again.state_dict().items()} == {
        key: value.shape for key, value in model.state_dict().items()
    }


def test_every_argument_is_kept_as_it_was_given(name, data) -> None:
    """An argument that were read under another name would come back as its default."""
    cls = getattr(models, name)
    for argument, parameter in inspect.signature(cls).parameters.items():
        if isinstance(parameter.default, bool):
            assert (
                build(name, data, **{argument: not parameter.default}).config[argument]
                is not parameter.default
            )
        elif isinstance(parameter.default, (int, float)):
            value = (
                parameter.default + 1 if isinstance(parameter.default, int) else parameter.default / 2 or 0.5
            )
            assert build(name, data, **{argument: value}).config[argument] == value


def test_arguments_beyond_the_sizes_are_given_by_name(name) -> None:
    parameters = inspect.signature(getattr(models, name)).parameters.values()
    by_place = [p.name for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert by_place in (["num_users", "num_items"], ["num_users", "num_items", "modality_dims"])
    assert all(p.annotation is not inspect.Parameter.empty for p in parameters)


def test_wrong_arguments_are_errors(name, model, data) -> None:
    with pytest.raises(TypeError, match="embeding_dim"):
        build(name, data, embeding_dim=8)
    with pytest.raises(ValueError, match=rf"'num_users' needs to be at least 1 in '{name}'"):
        build(name, data, num_users=0)
    with pytest.raises(ValueError, match=rf"'num_items' needs to be at least 1 in '{name}'"):
        build(name, data, num_items=0)
    with pytest.raises(ValueError, match=r"'user_index' needs to be between 0 and 8"):
        model.recommend(data, torch.tensor([NUM_USERS]), 2)
    with pytest.raises(ValueError, match="'k' needs to be"):
        model.recommend(data, torch.tensor([0]), NUM_ITEMS + 1)


def test_a_raw_graph_works_or_names_the_transform(name, toy_data) -> None:
    raw = toy_data()
    model = build(name, raw).double()
    try:
        model(raw)
    except ValueError as error:
        assert f"{name}.prepare(data)" in str(error)  # noqa: PT017 - both are fine
    else:
        assert torch.equal(scores(model, raw), scores(model, type(model).pre_transform()(raw)))


def test_recommend_by_index_and_by_raw_id(model, data) -> None:
    data["user"].raw_id = IdMap([f"user {u}" for u in range(NUM_USERS)])
    data["item"].raw_id = IdMap([f"item {i}" for i in range(NUM_ITEMS)])
    users = torch.tensor([7, 2, 7])
    items, values = model.recommend(data, users, 4)
    expected = scores(model.eval(), data)[users].sort(dim=1, descending=True)
    assert torch.equal(items, expected.indices[:, :4])
    torch.testing.assert_close(values, expected.values[:, :4])
    raw, raw_values = model.recommend(data, ["user 7", "user 2", "user 7"], 4)
    assert raw.tolist() == [[f"item {i}" for i in row] for row in items.tolist()]
    assert torch.equal(raw_values, values)


def test_no_known_item_is_recommended(model, data) -> None:
    unknown = torch.tensor([[u, i] for u in range(NUM_USERS) for i in range(NUM_ITEMS)]).t()
    train_pairs = set(map(tuple, data[INTERACTS].edge_index.t().tolist()))
    unknown = unknown[:, [tuple(pair) not in train_pairs for pair in unknown.t().tolist()]]
    data[INTERACTS][VALID] = unknown[:, ::4]
    known = {"train": train_pairs, "train+val": train_pairs | set(map(tuple, unknown[:, ::4].t().tolist()))}
    for exclude, pairs in known.items():
        items, values = model.recommend(data, torch.arange(NUM_USERS), NUM_ITEMS, exclude=exclude)
        kept = {(u, items[u, n].item()) for u, n in values.isfinite().nonzero().tolist()}
        assert len(kept) == NUM_USERS * NUM_ITEMS - len(pairs)
        assert not kept & pairs
