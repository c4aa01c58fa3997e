"""Conformance: a closed form is fitted in one pass, and knows its nodes."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, cast

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data.ids import IdMap
from pygmmrec.models.closed import ClosedForm
from pygmmrec.models.recommender import Recommender
from pygmmrec.testing.graphs import NUM_ITEMS, all_triplets, name_nodes, ring_data, toy_data
from pygmmrec.testing.suite import Suite, scores
from pygmmrec.training import fit
from pygmmrec.training.files.weights import load_weights, save_weights
from pygmmrec.transforms import restrict_graph
from pygmmrec.typing import Embeddings

TOLERANCE = 1e-9
MORE = 3
"""Nodes by which something grows."""


class FittingTests(Suite):
    """Fitting, new users, other nodes."""

    personal: ClassVar[bool] = True
    among_users: ClassVar[bool] = False

    def large(self) -> tuple[Recommender, HeteroData]:
        """A fitted model and a graph with raw ids, of more users than neighbours."""
        data = name_nodes(self.model.prepare(ring_data(40, 40)))
        return self.fitted(self.build(data).double(), data), data

    def test_learns_a_checkerboard_in_one_pass(self) -> None:
        """Users like items of their own parity; what is held out of these ranks above all others."""
        num = 20
        user, item = ((torch.arange(num)[:, None] + torch.arange(num)) % 2 == 0).nonzero().t()
        held_out = (user // 2 * 3 + item // 2) % 10 < 2  # two of ten for each user
        data = toy_data(torch.stack([user, item])[:, ~held_out], num, num, dtype=torch.float32)
        if self.takes_features():  # which say the same
            for key in ("m0", "m1"):
                data["item"][key] = torch.eye(2)[torch.arange(num) % 2]
        data = self.model.prepare(data)
        model = self.fitted(self.build(data), data)
        best, _ = model.recommend(data, torch.arange(num), 2, exclude="train")
        expected = item[held_out].view(num, 2)
        hits = sum(len(set(a) & set(b)) for a, b in zip(best.tolist(), expected.tolist(), strict=True))
        assert (hits >= 0.95 * 2 * num) == self.personal  # chance: one in six

    def test_the_same_pass_gives_the_same_scores(self) -> None:
        data = self.graph()
        one, other = (self.fitted(self.build(data, seed=5).double(), data) for _ in range(2))
        assert torch.equal(scores(one, data), scores(other, data))

    def test_it_has_no_loss_and_says_so(self) -> None:
        model, data = self.ready()
        assert list(model.parameters()) == []
        with pytest.raises(TypeError, match=f"{self.model.__name__} has no loss"):
            model.loss(data, all_triplets(data))

    def test_before_it_is_fitted_it_answers_nothing(self) -> None:
        data = self.graph()
        model = self.fitted(self.build(data, seed=0).double(), data)
        before = scores(model, data)
        model.reset_parameters()
        for unfitted in (model, self.build(data, seed=0)):
            with pytest.raises(ValueError, match="needs to be fitted"):
                unfitted(data)
        torch.testing.assert_close(scores(self.fitted(self.build(data, seed=0).double(), data), data), before)

    def test_training_fits_it_and_leaves_out_what_it_has_no_use_for(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        data = self.graph(dtype=torch.float32)
        model, other = self.build(data, seed=0), self.fitted(self.build(data, seed=0), data)
        with caplog.at_level("WARNING"):
            result = fit(model, data, epochs=7, lr=0.5, progress=False)
        assert f"{self.model.__name__} is fitted in one pass and has no use for: epochs, lr" in caplog.text
        assert (result.best_epoch, result.epochs, result.history[0]["loss"]) == (1, 1, {})
        assert torch.equal(scores(model, data), scores(other, data))

    def test_a_new_user_with_the_items_of_a_known_one_has_its_scores(self) -> None:
        model, data = self.ready()
        closed = cast(ClosedForm, model)
        users = torch.tensor([4, 0])
        items = restrict_graph(data, {"user": users})
        history = closed.history(items)
        out = closed.fold_in(data, history)
        assert isinstance(out, Embeddings)
        found = model.score(out, torch.arange(2))
        assert found.shape == (2, NUM_ITEMS)
        same = _close(found, scores(model, data)[users])
        assert same != self.among_users

    def test_scores_stay_where_nodes_are_added(self) -> None:
        model, data = self.large()
        users, items = (data[kind].num_nodes for kind in ("user", "item"))
        nodes = {kind: torch.arange(data[kind].num_nodes - MORE) for kind in ("user", "item")}
        small = restrict_graph(data, nodes)
        fitted = self.fitted(self.build(small).double(), small)
        before = scores(fitted, small)
        ids = {kind: [*small[kind].raw_id.ids, *[f"new {n}" for n in range(MORE)]] for kind in nodes}
        grown = fitted.grow(small, ids)
        assert (grown.num_users, grown.num_items) == (users, items)
        shape = {name: value.shape for name, value in model.state_dict().items()}
        assert {name: value.shape for name, value in grown.state_dict().items()} == shape
        now = self._with_new_nodes(small)
        same = _close(scores(grown, now)[:-MORE, :-MORE], before)
        assert same != self.global_embeddings
        back = grown.restrict(nodes)
        assert all(torch.equal(value, fitted.state_dict()[name]) for name, value in back.state_dict().items())

    def test_all_nodes_in_another_order_have_the_same_scores(self) -> None:
        model, data = self.large()
        nodes = {kind: torch.randperm(data[kind].num_nodes) for kind in ("user", "item")}
        found = scores(model.restrict(nodes), restrict_graph(data, nodes))
        expected = scores(model, data)[nodes["user"]][:, nodes["item"]]
        assert _close(found, expected)

    def test_saved_rows_find_their_nodes_and_never_meet_others(self, tmp_path: Path) -> None:
        model, data = self.large()
        file = tmp_path / "model.safetensors"
        save_weights(model, file, data)
        nodes = {kind: torch.randperm(data[kind].num_nodes) for kind in ("user", "item")}
        moved = restrict_graph(data, nodes)
        other = self.model(**model.config).double()
        load_weights(other, file, moved)
        expected = scores(model, data)[nodes["user"]][:, nodes["item"]]
        assert _close(scores(other, moved), expected)
        kinds = set(model.node_tables().values())
        assert kinds, "a closed form fits something"
        for kind in kinds:
            moved[kind].raw_id = IdMap([*moved[kind].raw_id.ids[1:], "another"])
            with pytest.raises(ValueError, match=rf"{kind}s of these weights .*another"):
                load_weights(other, file, moved)

    @staticmethod
    def _with_new_nodes(data: HeteroData) -> HeteroData:
        """The graph with users and items without edges, and features of zeros."""
        out: HeteroData = data.clone()
        for kind in ("user", "item"):
            out[kind].num_nodes = data[kind].num_nodes + MORE
        for key, value in data["item"].items():
            if isinstance(value, torch.Tensor) and value.dim() == 2:
                out["item"][key] = torch.cat([value, value.new_zeros(MORE, value.size(1))])
        return out


def _close(ours: torch.Tensor, theirs: torch.Tensor) -> bool:
    return torch.allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE)
