import pytest
import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.typing import NodeType

from pygmmrec.models import BPRMF, LightGCN, Recommender
from pygmmrec.testing import RecommenderTests
from pygmmrec.testing.tables import TableTests
from pygmmrec.typing import INTERACTS, Embeddings, Triplets

SMALL = {"config": {"embedding_dim": 6}}
DECLARED = "test_every_weight_that_counts_nodes_is_declared"
GROWN = "test_a_grown_model_gives_what_the_model_of_the_larger_graph_gives"
FAR = "test_what_is_new_and_far_changes_nothing_in_a_grown_model"
EMBEDDINGS = "test_a_restricted_model_gives_the_embeddings_of_the_whole"
LOSS = "test_a_restricted_model_gives_the_loss_of_the_whole"
ORDER = "test_all_nodes_in_another_order_have_the_same_embeddings_in_that_order"
SAVED = "test_saved_rows_find_their_nodes_and_never_meet_others"


class Undeclared(BPRMF):
    """Has an item bias that it does not declare."""

    def __init__(self, num_users: int, num_items: int, *, embedding_dim: int = 6) -> None:
        super().__init__(num_users, num_items, embedding_dim=embedding_dim)
        self.item_bias = nn.Parameter(torch.rand(num_items, 1))

    def forward(self, data: HeteroData) -> Embeddings:
        out = super().forward(data)
        return Embeddings(out.user, out.item + self.item_bias)


class UndeclaredBuffer(BPRMF):
    """The same as a buffer."""

    def __init__(self, num_users: int, num_items: int, *, embedding_dim: int = 6) -> None:
        super().__init__(num_users, num_items, embedding_dim=embedding_dim)
        self.register_buffer("degree", torch.rand(num_users))


class Lying(BPRMF):
    """Takes items for users."""

    def node_tables(self) -> dict[str, NodeType]:
        return dict.fromkeys(super().node_tables(), "user")


class Lengthwise(BPRMF):
    """Its table has a column for each item."""

    def __init__(self, num_users: int, num_items: int, *, embedding_dim: int = 6) -> None:
        super().__init__(num_users, num_items, embedding_dim=embedding_dim)
        self.item = nn.Parameter(torch.rand(embedding_dim, num_items))

    def node_tables(self) -> dict[str, NodeType]:
        return {**super().node_tables(), "item": "item"}


class Forgets(BPRMF):
    """Grows to a model that knows nobody."""

    def grow(self, *args, **kwargs):
        grown = super().grow(*args, **kwargs)
        grown.reset_parameters()
        return grown


class Average(LightGCN):
    """Looks at the mean of all items."""

    def forward(self, data: HeteroData) -> Embeddings:
        out = super().forward(data)
        return Embeddings(out.user, out.item - out.item.mean(dim=0))


class Counts(LightGCN):
    """Weighs edges by the degrees of the graph at hand."""

    def forward(self, data: HeteroData) -> Embeddings:
        adj = self.adj(data, INTERACTS)
        weight = 1 / adj.t().degree()[adj.col].double()
        user, item = self.user_embedding.weight, self.item_embedding.weight
        return self.propagation(user, item, adj.with_value(weight))


class Sums(BPRMF):
    """Decays all users at each step."""

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        return {**super().loss(data, batch), "all": self.user_embedding.weight.square().sum()}


class Numbered(BPRMF):
    """Looks at where a node stands."""

    def forward(self, data: HeteroData) -> Embeddings:
        out = super().forward(data)
        return Embeddings(out.user, out.item + torch.arange(self.num_items).unsqueeze(1))


class Nobody(BPRMF):
    """Says that it has no tables."""

    def node_tables(self) -> dict[str, NodeType]:
        return {}


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (Undeclared, DECLARED),
        (UndeclaredBuffer, DECLARED),
        (Lying, DECLARED),
        (Lengthwise, DECLARED),
        (Nobody, DECLARED),
        (Forgets, GROWN),
        (Forgets, FAR),
        (Average, FAR),
        (Average, EMBEDDINGS),
        (Counts, EMBEDDINGS),
        (Sums, LOSS),
        (Numbered, ORDER),
        (Undeclared, ORDER),
    ],
)
def test_a_broken_model_fails(fails, broken, test) -> None:
    assert issubclass(RecommenderTests, TableTests)
    assert fails(broken, test, num_hops=3, **SMALL)


def test_what_looks_at_all_nodes_has_to_be_admitted_and_nothing_else(passes) -> None:
    passes(Average, EMBEDDINGS, global_embeddings=True, **SMALL)
    passes(Average, FAR, global_embeddings=True, **SMALL)
    passes(Sums, LOSS, global_losses=("all",), **SMALL)
    for wrong in ({"global_embeddings": True}, {"global_losses": ("bpr",)}):
        with pytest.raises(AssertionError):
            passes(LightGCN, LOSS if "global_losses" in wrong else EMBEDDINGS, **wrong, **SMALL)


def test_a_failure_says_which_weight(passes) -> None:
    """Asserts of the suite are rewritten by pytest, though they stand in a library."""
    with pytest.raises(AssertionError, match="item_bias"):
        passes(Undeclared, DECLARED, **SMALL)


def test_rows_that_are_not_declared_are_lost_when_saved(fails, tmp_path) -> None:
    assert fails(Undeclared, SAVED, tmp_path, **SMALL)
    assert fails(Nobody, SAVED, tmp_path, **SMALL)


@pytest.mark.parametrize("model", [BPRMF, LightGCN])
def test_kinds_are_those_that_have_tables(model: type[Recommender]) -> None:
    assert TableTests.kinds(model(2, 3)) == ["item", "user"]
