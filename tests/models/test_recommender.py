from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from pygmmrec.data.ids import IdMap
from pygmmrec.graph.modalities import modalities
from pygmmrec.models import Recommender
from pygmmrec.nn import NodeTable
from pygmmrec.typing import INTERACTS, PROFILES, VALID, Embeddings, Triplets

NUM_USERS, NUM_ITEMS = 5, 4


class Table(Recommender):
    """Scores are a table that is counted out; nothing is learned."""

    def __init__(
        self,
        num_users: int,
        num_items: int,
        modality_dims: dict[str, int] | None = None,
        *,
        step: float = 1.0,
    ) -> None:
        super().__init__(num_users, num_items)
        self.modality_dims = modality_dims
        self.step = step
        self.weight = nn.Parameter(torch.empty(num_users, num_items))
        self.dropout = nn.Dropout()
        self.reset_parameters()

    def reset_parameters(self) -> None:
        with torch.no_grad():
            self.weight.copy_(torch.arange(self.weight.numel()).view_as(self.weight) * self.step)

    def forward(self, data: HeteroData) -> Embeddings:
        return Embeddings(self.dropout(self.weight), torch.eye(self.num_items))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        return {"sum": self.weight.sum()}


@pytest.fixture
def data(toy_data, edge_index) -> HeteroData:
    """Five users, four items; user 4 and item 3 have no training edge; user 4 has item 2 in validation."""
    data = toy_data(edge_index, NUM_USERS, NUM_ITEMS)
    data["user"].raw_id = IdMap(["ann", "bob", "cy", "dee", "eve"])
    data["item"].raw_id = IdMap([10, 20, 30, 40])
    data[INTERACTS][VALID] = torch.tensor([[4], [2]])
    return data


@pytest.fixture
def model(data) -> Table:
    return Table.from_data(data)


def test_the_contract_is_abstract() -> None:
    with pytest.raises(TypeError, match="abstract"):
        Recommender(2, 3)


def test_sizes_come_from_the_data_and_the_rest_from_the_config(data) -> None:
    model = Table.from_data(data, step=2.0)
    dims = {"m0": 5, "m1": 6}
    expected: dict[str, Any] = {"num_users": 5, "num_items": 4, "modality_dims": dims, "step": 2.0}
    assert model.config == expected
    assert {name: x.size(1) for name, x in modalities(data).items()} == dims
    assert Table.from_data(data, modality_dims={"m1": 6}).modality_dims == {"m1": 6}
    assert Table.from_data(data, num_items=7).num_items == 7


def test_repr_builds_the_model_again() -> None:
    shown = "Table(num_users=2, num_items=3, modality_dims=None, step=0.5)"
    assert repr(Table(2, 3, step=0.5)) == shown
    assert eval(shown).config == Table(2, 3, step=0.5).config


def test_the_score_is_the_dot_product() -> None:
    out = Embeddings(torch.randn(5, 3), torch.randn(4, 3))
    users = torch.tensor([3, 0])
    torch.testing.assert_close(
        Table(5, 4).score(out, users), torch.stack([out.item @ out.user[u] for u in (3, 0)])
    )


def test_recommend_gives_the_best_items_best_first(model, data) -> None:
    items, scores = model.recommend(data, torch.tensor([4, 0, 4]), 2)
    assert items.tolist() == [[3, 2]] * 3
    assert scores.tolist() == [[19, 18], [3, 2], [19, 18]]  # no dropout: the model was in evaluation
    assert model.training
    assert not scores.requires_grad


def test_raw_ids_in_raw_ids_out(model, data) -> None:
    items, scores = model.recommend(data, ["eve", "ann"], 3)
    assert isinstance(items, np.ndarray)
    assert items.tolist() == [[40, 30, 20]] * 2
    assert scores.tolist() == [[19, 18, 17], [3, 2, 1]]


@pytest.mark.parametrize(
    ("exclude", "expected"),
    [(None, [[3, 2], [3, 2]]), ("train", [[3, 1], [3, 2]]), ("train+val", [[3, 1], [3, 1]])],
)
def test_known_items_are_left_out(model, data, exclude, expected) -> None:
    items, _ = model.recommend(data, torch.tensor([3, 4]), 2, exclude=exclude)
    assert items.tolist() == expected


def test_a_list_that_runs_short_ends_in_minus_infinity(model, data) -> None:
    items, scores = model.recommend(data, torch.tensor([0]), 4, exclude="train")
    assert items[0, :2].tolist() == [3, 2]
    assert set(items[0, 2:].tolist()) == {0, 1}
    assert scores[0, 2:].tolist() == [-torch.inf] * 2


def test_block_size_changes_nothing(model, data) -> None:
    users = torch.arange(5)
    one, many = (model.recommend(data, users, 3, exclude="train", block_size=size) for size in (2, 256))
    assert torch.equal(one[0], many[0])
    assert torch.equal(one[1], many[1])


def test_no_users(model, data) -> None:
    items, scores = model.recommend(data, torch.empty(0, dtype=torch.int64), 3)
    assert (items.shape, scores.shape, items.dtype) == ((0, 3), (0, 3), torch.int64)
    assert model.recommend(data, [], 3)[0].shape == (0, 3)


def test_a_model_that_scores_in_its_own_way(data) -> None:
    class Upside(Table):
        def score(self, out: Embeddings, user_index: Tensor) -> Tensor:
            return -super().score(out, user_index)

    items, scores = Upside(5, 4).recommend(data, torch.tensor([1]), 1)
    assert (items.item(), scores.item()) == (0, -4)


def test_defaults_of_the_contract(model, data) -> None:
    assert Table.epoch_transform() is None
    before = dict(data.to_dict())
    model.refresh(data)
    assert data.to_dict().keys() == before.keys()
    out = Table.pre_transform()(data)
    torch.testing.assert_close(out[INTERACTS].matrix.to_dense()[1, 0], torch.tensor(0.5))  # 1 / sqrt(2 · 2)


def test_a_graph_without_its_matrix_names_what_to_call(model, data) -> None:
    ready = Table.pre_transform()(data)
    assert model.adj(ready, INTERACTS) is ready[INTERACTS].matrix
    for edge_type in (INTERACTS, PROFILES):
        with pytest.raises(ValueError, match=r"'matrix' of \('.* in 'Table' .*Table\.prepare\(data\) first"):
            model.adj(data, edge_type)
    assert PROFILES not in data.edge_types  # asking leaves no empty relation behind


def test_wrong_arguments_are_errors(model, data) -> None:
    with pytest.raises(TypeError, match="steps"):
        Table.from_data(data, steps=2.0)
    for sizes, name in (((0, 3), "num_users"), ((3, 0), "num_items")):
        with pytest.raises(ValueError, match=rf"'{name}' needs to be at least 1 in 'Table' \(got 0\)"):
            Table(*sizes)
    for wrong in ([5], [-1, 0]):
        with pytest.raises(ValueError, match="'user_index' needs to be between 0 and 4 in 'Table'"):
            model.recommend(data, torch.tensor(wrong), 1)
    with pytest.raises(ValueError, match="'k' needs to be at most the number of items"):
        model.recommend(data, torch.tensor([0]), 5)
    with pytest.raises(ValueError, match=r"'raw_ids' needs to be known ids .*'zoe'"):
        model.recommend(data, ["ann", "zoe"], 1)
    with pytest.raises(ValueError, match="'exclude' needs to be None or one of"):
        model.recommend(data, torch.tensor([0]), 1, exclude="test")


class Biased(Table):
    """A table of each kind, a parameter of no node, and a buffer with a row per item."""

    def __init__(self, num_users: int, num_items: int, *, dim: int = 3) -> None:
        Recommender.__init__(self, num_users, num_items)
        self.dim = dim
        self.user, self.lin = NodeTable("user", num_users, dim), nn.Linear(dim, dim)
        self.item = nn.Parameter(torch.randn(num_items, dim), requires_grad=False)
        self.register_buffer("seen", torch.zeros(num_items, dtype=torch.int64))

    def node_tables(self) -> dict[str, str]:
        return {**super().node_tables(), "item": "item", "seen": "item"}

    def reset_parameters(self) -> None:
        self.user.reset_parameters()

    def forward(self, data: HeteroData) -> Embeddings:
        return Embeddings(self.lin(self.user.weight), self.item)


@pytest.fixture
def biased(data) -> Biased:
    model = Biased.from_data(data).double().eval()
    model.lin.train().requires_grad_(False)
    model.seen += torch.arange(NUM_ITEMS)
    return model


def ids(users: list, items: list) -> dict[str, IdMap]:
    return {"user": IdMap(users), "item": IdMap(items)}


def test_grown_models_know_old_nodes_by_raw_id_and_draw_the_rest(biased, data) -> None:
    new = ids(["zoe", "eve", "dee", "cy", "bob", "ann"], [40, 50, 10, 20, 30])
    before = torch.get_rng_state()
    grown = biased.grow(data, new)
    assert torch.equal(torch.get_rng_state(), before)
    assert grown.config == {"num_users": 6, "num_items": 5, "dim": 3}
    assert torch.equal(grown.user.weight[1:], biased.user.weight.flip(0))
    assert torch.equal(grown.item[[2, 3, 4, 0]], biased.item)
    assert grown.seen.tolist() == [3, 0, 0, 1, 2]
    assert torch.equal(grown.lin.weight, biased.lin.weight)
    torch.manual_seed(0)
    drawn = Biased(6, 5)
    assert torch.equal(grown.user.weight[0], drawn.user.weight[0].double())
    assert torch.equal(grown.item[1], drawn.item[1].double())
    other = biased.grow(data, new, seed=1)
    assert not torch.equal(other.user.weight[0], grown.user.weight[0])
    assert biased.grow(data, new, rule="zero").user.weight[0].tolist() == [0, 0, 0]
    torch.testing.assert_close(
        biased.grow(data, new, rule="mean").user.weight[0], biased.user.weight.mean(dim=0)
    )


def test_a_copy_is_like_its_model_and_shares_nothing(biased, data) -> None:
    nodes = {"user": torch.arange(NUM_USERS), "item": torch.arange(NUM_ITEMS)}
    for copied in (biased.grow(data, data), biased.restrict(nodes), biased.restrict({})):
        for name, value in biased.state_dict().items():
            assert torch.equal(copied.state_dict()[name], value)
            assert copied.state_dict()[name].dtype == value.dtype
            assert copied.state_dict()[name].data_ptr() != value.data_ptr()
        flags = [parameter.requires_grad for parameter in biased.parameters()]
        assert [parameter.requires_grad for parameter in copied.parameters()] == flags
        assert [module.training for module in copied.modules()] == [m.training for m in biased.modules()]


def test_a_restricted_model_holds_some_rows(biased) -> None:
    before = torch.get_rng_state()
    some = biased.restrict({"user": torch.tensor([4, 0]), "item": torch.tensor([2])})
    assert torch.equal(torch.get_rng_state(), before)
    assert (some.num_users, some.num_items, some.dim) == (2, 1, 3)
    assert torch.equal(some.user.weight, biased.user.weight[[4, 0]])
    assert some.seen.tolist() == [2]
    assert biased.restrict({"user": torch.tensor([1])}).num_items == NUM_ITEMS


def test_wrong_nodes_to_grow_or_restrict_to_are_errors(biased, data) -> None:
    fewer = ids(["ann", "bob", "cy", "dee"], [10, 20, 30, 40])
    with pytest.raises(ValueError, match=r"'new' .* all users of 'old' in 'Biased' \(got \"1, such as 'eve'"):
        biased.grow(data, fewer)
    assert biased.grow(data, fewer, drop=True).num_users == 4
    with pytest.raises(ValueError, match=r"'old' needs to be 5 users in 'Biased' \(got 4\)"):
        biased.grow(fewer, data)
    with pytest.raises(ValueError, match="'old' needs to be a graph with the raw ids of its"):
        biased.grow(HeteroData(), data)
    with pytest.raises(ValueError, match="'rule' needs to be one of"):
        biased.grow(data, data, rule="best")
    with pytest.raises(ValueError, match=r"'nodes\['item'\]' needs to be between 0 and 3 in 'Biased'"):
        biased.restrict({"item": torch.tensor([4])})
    with pytest.raises(ValueError, match="'nodes' needs to be of a type that 'num_words' counts in 'Biased'"):
        biased.restrict({"word": torch.tensor([0])})
