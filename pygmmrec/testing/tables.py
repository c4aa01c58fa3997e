"""Conformance: tables of users and items grow, are restricted and are saved, each row with its node."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.typing import NodeType

from pygmmrec.models.recommender import Recommender
from pygmmrec.testing.graphs import name_nodes, neighbourhood, ring_data
from pygmmrec.testing.suite import Suite
from pygmmrec.training.files.weights import load_weights, save_weights
from pygmmrec.transforms import restrict_graph
from pygmmrec.typing import INTERACTS, Embeddings, Triplets

MORE = 3
"""Nodes by which something grows."""

TOLERANCE = 1e-9


class TableTests(Suite):
    """What a model has a row for each node of. Embeddings are compared in evaluation, in double precision."""

    def large(self) -> tuple[Recommender, HeteroData]:
        """A model, and a random graph with raw ids in which neighbourhoods are small.

        The graph carries what :meth:`~pygmmrec.models.Recommender.refresh` builds for an epoch.
        """
        data = self.model.prepare(ring_data())
        model = self.build(data).double().eval()
        name_nodes(data, self.kinds(model))
        with torch.no_grad():
            model.refresh(data)
        return model, data

    @staticmethod
    def kinds(model: Recommender) -> list[NodeType]:
        """Users, items, and whatever else has tables."""
        return sorted({"user", "item", *model.node_tables().values()})

    def test_every_weight_that_counts_nodes_is_declared(self) -> None:
        model, _ = self.ready()
        state, tables = model.state_dict(), model.node_tables()
        assert set(tables) <= set(state)
        for kind in self.kinds(model):
            argument = f"num_{kind}s"
            other = type(model)(**{**model.config, argument: model.config[argument] + MORE}).state_dict()
            grown = {name for name, value in other.items() if value.shape != state[name].shape}
            assert grown == {name for name, of in tables.items() if of == kind}, kind
            for name in grown:
                assert other[name].shape == (state[name].size(0) + MORE, *state[name].shape[1:]), name

    def test_a_grown_model_gives_what_the_model_of_the_larger_graph_gives(self) -> None:
        model, data = self.large()
        kinds = self.kinds(model)
        nodes = {kind: torch.randperm(data[kind].num_nodes)[MORE:] for kind in kinds}
        small = model.restrict(nodes)
        ids = {kind: data[kind].raw_id.subset(nodes[kind]) for kind in kinds}
        grown = small.grow(ids, data)
        with torch.no_grad():
            for name, kind in model.node_tables().items():
                ours, theirs = grown.state_dict()[name], model.state_dict()[name]
                assert torch.equal(ours[nodes[kind]], theirs[nodes[kind]]), name
                new = torch.ones(ours.size(0), dtype=torch.bool).index_fill(0, nodes[kind], False)
                ours[new] = theirs[new]  # what is left is the rows that nothing could know
            assert _same(grown(data), model(data))

    def test_what_is_new_and_far_changes_nothing_in_a_grown_model(self) -> None:
        model, data = self.large()
        seeds, nodes = self.around(data)
        grown = model.restrict(nodes).grow(restrict_graph(data, nodes), data, seed=1)
        with torch.no_grad():
            assert _same(_rows(grown(data), seeds), _rows(model(data), seeds)) != self.global_embeddings

    def test_a_restricted_model_gives_the_embeddings_of_the_whole(self) -> None:
        model, data = self.large()
        seeds, nodes = self.around(data)
        some, here = model.restrict(nodes), restrict_graph(data, nodes)
        at = {kind: _place(nodes[kind], data[kind].num_nodes)[index] for kind, index in seeds.items()}
        with torch.no_grad():
            assert _same(_rows(some(here), at), _rows(model(data), seeds)) != self.global_embeddings

    def test_a_restricted_model_gives_the_loss_of_the_whole(self) -> None:
        model, data = self.large()
        seeds, nodes = self.around(data)
        some, here = model.restrict(nodes), restrict_graph(data, nodes)
        edges = data[INTERACTS].edge_index
        user, pos = edges[:, torch.isin(edges[0], seeds["user"])]
        others = seeds["item"][~torch.isin(seeds["item"], pos)]
        neg = others.repeat(pos.numel())[: pos.numel()]
        place = {kind: _place(index, data[kind].num_nodes) for kind, index in nodes.items()}
        ours = some.loss(here, Triplets(place["user"][user], place["item"][pos], place["item"][neg]))
        theirs = model.loss(data, Triplets(user, pos, neg))
        assert ours.keys() == theirs.keys()
        differ = {name for name in ours if not _close(ours[name], theirs[name])}
        assert differ == set(self.global_losses)

    def test_all_nodes_in_another_order_have_the_same_embeddings_in_that_order(self) -> None:
        model, data = self.large()
        nodes = {kind: torch.randperm(data[kind].num_nodes) for kind in self.kinds(model)}
        with torch.no_grad():
            assert _same(model.restrict(nodes)(restrict_graph(data, nodes)), _rows(model(data), nodes))

    def test_saved_rows_find_their_nodes_and_never_meet_others(self, tmp_path: Path) -> None:
        model, data = self.large()
        save_weights(model, tmp_path / "model.safetensors", data)
        nodes = {kind: torch.randperm(data[kind].num_nodes) for kind in self.kinds(model)}
        other = type(model)(**model.config).double().eval()
        moved = restrict_graph(data, nodes)
        load_weights(other, tmp_path / "model.safetensors", moved)
        with torch.no_grad():
            assert _same(other(moved), _rows(model(data), nodes))
        for kind in set(model.node_tables().values()):
            wrong = copy.copy(data)
            wrong[kind].raw_id = type(data[kind].raw_id)([*data[kind].raw_id.ids[1:], "another"])
            with pytest.raises(ValueError, match=rf"{kind}s of these weights .*another"):
                load_weights(other, tmp_path / "model.safetensors", wrong)

    def around(self, data: HeteroData) -> tuple[dict[NodeType, Tensor], dict[NodeType, Tensor]]:
        """A few users with their items and others, and all that is within reach of them, in some order."""
        user, edges = torch.tensor([3, 4]), data[INTERACTS].edge_index
        own = edges[1, torch.isin(edges[0], user)]
        seeds = {"user": user, "item": torch.cat([own, own + 5]).unique()}
        nodes = neighbourhood(data, seeds, self.num_hops)
        assert all(index.numel() < data[kind].num_nodes for kind, index in nodes.items())
        return seeds, {kind: index[torch.randperm(index.numel())] for kind, index in nodes.items()}


def _place(nodes: Tensor, num_nodes: int) -> Tensor:
    """Where each of all nodes stands among some, [num_nodes]; -1 where it does not."""
    place = nodes.new_full((num_nodes,), -1)
    place[nodes] = torch.arange(nodes.numel())
    return place


def _rows(out: Embeddings, nodes: Mapping[NodeType, Tensor]) -> Embeddings:
    return Embeddings(out.user[nodes["user"]], out.item[nodes["item"]])


def _same(ours: Embeddings, theirs: Embeddings) -> bool:
    return all(_close(a, b) for a, b in zip(ours, theirs, strict=True))


def _close(ours: Tensor, theirs: Tensor) -> bool:
    return torch.allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)
