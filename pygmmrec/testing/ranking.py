"""Conformance: embeddings, scores and lists of the right shape, of the right items, under the right names."""

from __future__ import annotations

from typing import cast

import torch

from pygmmrec.kernels.ranking.exclude import Exclude
from pygmmrec.testing.graphs import NUM_ITEMS, NUM_USERS, hold_out, name_nodes
from pygmmrec.testing.suite import Suite, scores
from pygmmrec.typing import INTERACTS, Embeddings


class RankingTests(Suite):
    """What comes out of a model."""

    def test_output_and_scores_have_their_shapes_in_single_precision(self) -> None:
        data = self.graph(dtype=torch.float32)
        model = self.fitted(self.build(data), data)
        out = model(data)
        assert isinstance(out, Embeddings)
        assert (out.user.size(0), out.item.size(0)) == (NUM_USERS, NUM_ITEMS)
        some = model.score(out, torch.tensor([4, 0, 4]))
        assert some.shape == (3, NUM_ITEMS)
        assert out.user.dtype == some.dtype == torch.float32
        assert torch.equal(some[0], some[2])

    def test_recommend_by_index_and_by_raw_id(self) -> None:
        model, data = self.ready()
        name_nodes(data)
        users = torch.tensor([7, 2, 7])
        items, values = model.recommend(data, users, 4)
        expected = scores(model.eval(), data)[users].sort(dim=1, descending=True, stable=True)
        assert torch.equal(items, expected.indices[:, :4])
        torch.testing.assert_close(values, expected.values[:, :4])
        raw, raw_values = model.recommend(data, ["user 7", "user 2", "user 7"], 4)
        assert raw.tolist() == [[f"item {i}" for i in row] for row in items.tolist()]
        assert torch.equal(raw_values, values)

    def test_no_known_item_is_recommended(self) -> None:
        model, data = self.ready()
        train_pairs = set(map(tuple, data[INTERACTS].edge_index.t().tolist()))
        pairs = [(u, i) for u in range(NUM_USERS) for i in range(NUM_ITEMS)]
        held_out = [pair for pair in pairs if pair not in train_pairs][::4]
        hold_out(data, torch.tensor(held_out).t())
        known = {"train": train_pairs, "train+val": train_pairs | set(held_out)}
        for exclude, left_out in known.items():
            items, values = model.recommend(
                data, torch.arange(NUM_USERS), NUM_ITEMS, exclude=cast(Exclude, exclude)
            )
            kept = {(u, items[u, n].item()) for u, n in values.isfinite().nonzero().tolist()}
            assert len(kept) == NUM_USERS * NUM_ITEMS - len(left_out)
            assert not kept & left_out
