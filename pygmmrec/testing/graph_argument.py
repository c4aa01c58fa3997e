"""Conformance: the graph is an argument, neither kept nor changed, and its order means nothing."""

from __future__ import annotations

import copy
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import stored_features
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.testing.graphs import NUM_ITEMS, NUM_USERS, all_triplets, toy_data
from pygmmrec.testing.suite import Suite, losses, scores, train
from pygmmrec.typing import INTERACTS


class GraphArgumentTests(Suite):
    """What a model makes of a graph, and leaves of it."""

    def test_items_in_another_order_give_the_same_scores_in_that_order(self) -> None:
        model, data = self.ready()
        order = torch.randperm(NUM_ITEMS)
        user, item = data[INTERACTS].edge_index
        shuffled = toy_data(torch.stack([user, order.argsort()[item]]))
        for key, x in stored_features(toy_data()).items():  # raw: preparing may scale or centre them
            shuffled["item"][key] = x[order]
        shuffled = self.model.prepare(shuffled)
        other = type(model)(**model.config).double()
        of_items = [name for name, kind in model.node_tables().items() if kind == "item"]
        assert bool(of_items) != self.by_features_alone
        other.load_state_dict(model.at_nodes(model.state_dict(), {"item": order}))
        torch.testing.assert_close(
            scores(other, shuffled), scores(model, data)[:, order], rtol=1e-9, atol=1e-9
        )

    def test_each_call_sees_the_graph_that_it_is_given(self) -> None:
        model, data = self.ready()
        user, item = data[INTERACTS].edge_index
        other = self.graph(torch.stack([(user + 1) % NUM_USERS, item]))
        fresh = copy.deepcopy(model)
        before = scores(model, data)
        assert torch.equal(scores(model, other), scores(fresh, other))
        assert torch.equal(scores(model, data), before)

    def test_evaluation_repeats_itself_and_leaves_no_trace(self) -> None:
        model, data = self.ready()
        batch = all_triplets(data)
        torch.manual_seed(1)
        before = losses(model, data, batch)
        first = model.recommend(data, torch.arange(NUM_USERS), 4, exclude="train")
        second = model.recommend(data, torch.arange(NUM_USERS), 4, exclude="train")
        assert torch.equal(first[0], second[0])
        assert torch.equal(first[1], second[1])
        torch.manual_seed(1)
        assert losses(model, data, batch) == before

    def test_the_graph_of_the_dataset_is_left_alone(self) -> None:
        model, data = self.ready()
        stores = zip(data.edge_types, data.edge_stores, strict=True)
        before = {key: dict(store.items()) for key, store in stores}
        train(model, data, epochs=1, lr=0.02)
        model.recommend(data, torch.arange(NUM_USERS), 3)
        assert data.edge_types == list(before)
        for edge_type, values in before.items():
            assert set(data[edge_type].keys()) == set(values)
            assert all(data[edge_type][key] is value for key, value in values.items())

    def test_nothing_but_weights_is_kept(self) -> None:
        model, data = self.ready()
        train(model, data, epochs=1, lr=0.02)
        model.recommend(data, torch.arange(NUM_USERS), 3)
        weights = [*model.parameters(), *model.buffers()]
        known = {id(value) for value in weights}
        saved = sum(value.numel() for value in model.state_dict().values())
        assert saved == sum(value.numel() for value in weights)
        for module in model.modules():
            for key, value in vars(module).items():
                assert not _beyond(value, known), key

    def test_a_raw_graph_works_or_names_the_transform(self) -> None:
        raw = toy_data()
        model = self.fitted(self.build(raw).double(), raw)
        refused = ""
        try:
            model(raw)
        except ValueError as error:
            refused = str(error)
        if refused:
            assert f"{self.model.__name__}.prepare(data)" in refused
        else:
            assert torch.equal(scores(model, raw), scores(model, self.model.prepare(raw)))


def _beyond(value: Any, known: set[int]) -> bool:
    """Whether something is, or holds, a graph or a tensor that is no weight."""
    if isinstance(value, dict):
        return any(_beyond(held, known) for held in value.values())
    if isinstance(value, (list, tuple, set)):
        return any(_beyond(held, known) for held in value)
    return isinstance(value, (HeteroData, Adj)) or (isinstance(value, Tensor) and id(value) not in known)
