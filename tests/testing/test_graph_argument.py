import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models import BPRMF, DualGNN, LightGCN, Recommender
from pygmmrec.testing import RecommenderTests
from pygmmrec.testing.graph_argument import GraphArgumentTests
from pygmmrec.typing import INTERACTS, EdgeType, Embeddings, Triplets

SMALL = {"config": {"embedding_dim": 6}}


class ByPlace(LightGCN):
    """The first items are the best."""

    def forward(self, data: HeteroData) -> Embeddings:
        out = super().forward(data)
        return Embeddings(out.user, out.item + torch.arange(self.num_items).unsqueeze(1))


class Cached(LightGCN):
    """Remembers the first answer."""

    def forward(self, data: HeteroData) -> Embeddings:
        self.__dict__.setdefault("first", super().forward(data))
        return self.first


class Hoarder(LightGCN):
    """Keeps the matrix, well hidden."""

    def adj(self, data: HeteroData, edge_type: EdgeType):
        self.__dict__.setdefault("seen", {})[edge_type] = [super().adj(data, edge_type)]
        return super().adj(data, edge_type)


class KeepsGraph(BPRMF):
    """Keeps the graph."""

    def forward(self, data: HeteroData) -> Embeddings:
        self.graph = data
        return super().forward(data)


class Noisy(LightGCN):
    """Draws noise at evaluation."""

    def forward(self, data: HeteroData) -> Embeddings:
        out = super().forward(data)
        return Embeddings(out.user + torch.rand_like(out.user), out.item)


class Writes(LightGCN):
    """Writes on the graph of the data set."""

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        data[INTERACTS].edge_weight = torch.ones(1)
        return super().loss(data, batch)

    def forward(self, data: HeteroData) -> Embeddings:
        data[INTERACTS].edge_weight = torch.ones(1)
        return super().forward(data)


class Curt(LightGCN):
    """Does not say what the graph lacks."""

    def adj(self, data: HeteroData, edge_type: EdgeType):
        try:
            return super().adj(data, edge_type)
        except ValueError:
            raise ValueError("no") from None


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (ByPlace, "test_items_in_another_order_give_the_same_scores_in_that_order"),
        (Cached, "test_each_call_sees_the_graph_that_it_is_given"),
        (Hoarder, "test_nothing_but_weights_is_kept"),
        (KeepsGraph, "test_nothing_but_weights_is_kept"),
        (Cached, "test_nothing_but_weights_is_kept"),
        (Noisy, "test_evaluation_repeats_itself_and_leaves_no_trace"),
        (Writes, "test_the_graph_of_the_dataset_is_left_alone"),
        (Curt, "test_a_raw_graph_works_or_names_the_transform"),
    ],
)
def test_a_broken_model_fails(fails, broken, test) -> None:
    assert issubclass(RecommenderTests, GraphArgumentTests)
    assert fails(broken, test, **SMALL)


@pytest.mark.parametrize(("model", "by_features_alone"), [(BPRMF, True), (DualGNN, False)])
def test_whether_items_have_weights_is_said_as_it_is(
    passes, model: type[Recommender], by_features_alone: bool
) -> None:
    test = "test_items_in_another_order_give_the_same_scores_in_that_order"
    passes(model, test, by_features_alone=not by_features_alone, **SMALL)
    with pytest.raises(AssertionError):
        passes(model, test, by_features_alone=by_features_alone, **SMALL)
