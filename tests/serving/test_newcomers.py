"""A served model and those who came after its training."""

import numpy as np
import pytest
import torch

from pygmmrec.data import IdMap, NodeInfo
from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.models import BPRMF, CRANE, LightGCN
from pygmmrec.serving import Served
from pygmmrec.serving.newcomers import Newcomers
from pygmmrec.typing import INTERACTS


def served(kind=LightGCN):
    data = SyntheticMultimodal(num_users=60, num_items=80, seed=3)[0]
    data["user"].raw_id = IdMap([f"u{n}" for n in range(60)])
    data["item"].raw_id = IdMap([1000 + 3 * n for n in range(80)])
    data["item"].info = NodeInfo({"title": [f"Title {n}" for n in range(80)]})
    data = kind.prepare(data)
    return Served(kind.from_data(data, seed=1).eval(), data)


@pytest.fixture(scope="module")
def rec() -> Served:
    return served()


def test_one_user_and_several(rec: Newcomers) -> None:
    items = [1000, 1009, 1030]
    alone = rec.recommend_for(items, 4)
    assert alone.column_names == ["rank", "item", "title", "score"]
    assert not set(alone["item"].to_pylist()) & set(items)
    table = rec.recommend_for({"ada": [1003], "bob": [*items, 1000]}, 4)
    assert table["user"].to_pylist() == ["ada"] * 4 + ["bob"] * 4
    assert table["item"].to_pylist()[4:] == alone["item"].to_pylist()
    assert table["score"].to_pylist()[4:] == pytest.approx(alone["score"].to_pylist())
    assert rec.recommend_for({}).column_names == table.column_names
    some = rec.recommend_for(items, candidates=[1000, 1003, 1006])
    assert sorted(some["item"].to_pylist()) == [1003, 1006]


def test_scores_are_those_of_the_same_user_in_the_graph() -> None:
    rec = served()
    with torch.no_grad():
        rec.model.user_embedding.weight[7] = 0
    user, item = rec.data[INTERACTS].edge_index
    own = rec.items.ids.raw(item[user == 7]).tolist()
    new, old = rec.recommend_for(own, 20), rec.recommend("u7", 20)
    assert new["item"].to_pylist() == old["item"].to_pylist()
    assert new["score"].to_pylist() == pytest.approx(old["score"].to_pylist(), rel=1e-4)


def test_what_is_refused(rec: Newcomers) -> None:
    for items, options, message in (
        ([7], {}, "'items' needs to be items of the model"),
        ([], {}, "at least one item for each user"),
        ({"ada": [1000], "bob": []}, {}, "bob"),
        ([1000], {"k": 0}, "'k' needs"),
        ([1000], {"rule": "draw"}, "'rule' needs"),
    ):
        with pytest.raises(ValueError, match=message):
            rec.recommend_for(items, **options)
    with pytest.raises(ValueError, match="makes users of their items"):
        served(BPRMF).recommend_for([1000])


def test_added_users_are_users(rec: Newcomers) -> None:
    more = rec.add_users((["new", "new", "u3"], [1000, 1009, 1234]))
    assert isinstance(more, Served)
    assert len(more.users) == 61
    assert len(rec.users) == 60
    assert not set(more.recommend("new", 80)["item"].to_pylist()) & {1000, 1009}
    near = rec.recommend_for([1000, 1009], 10)["item"].to_pylist()
    assert len(set(near) & set(more.recommend("new")["item"].to_pylist())) >= 7
    assert 1234 not in more.recommend("u3", 80)["item"].to_pylist()
    assert more.recommend_for([1000])["item"].num_chunks > 0
    with pytest.raises(ValueError, match="items of the model"):
        rec.add_users((["new"], [7]))


def test_added_items_are_ranked_by_content_and_edges() -> None:
    rec = served(CRANE)
    names = [name for name, x in rec.data["item"].items() if isinstance(x, torch.Tensor) and x.dim() == 2]
    raw = SyntheticMultimodal(num_users=60, num_items=80, seed=3)[0]["item"]
    features = {name: (raw[name][:2].numpy(), [5, 6]) for name in names}  # as the first two items have
    more = rec.add_items(features)
    assert len(more.items) == 82
    assert more.items.ids.ids[-2:] == (5, 6)
    for name in names:
        torch.testing.assert_close(more.data["item"][name][-2:], more.data["item"][name][:2])
    assert more.similar_items(5, 3)["title"].num_chunks > 0
    scores = more.recommend("u1", 82, exclude=None)
    assert {5, 6} <= set(scores["item"].to_pylist())
    assert np.isfinite(scores["score"].to_numpy()).all()
    edged = rec.add_items(features, (["u1", "u2"], [5, 1000]))
    assert 5 not in edged.recommend("u1", 82)["item"].to_pylist()
    for given, pairs, message in (
        ({names[0]: raw[names[0]][:2].numpy()}, None, "a matrix with ids"),
        ({names[0]: (raw[names[0]][:2].numpy(), [5, 1000])}, None, "that the model does not have"),
        (features, (["u1"], [7]), "of items of the model or of 'features'"),
        (features, (["nobody"], [5]), "users of the model"),
    ):
        with pytest.raises(ValueError, match=message):
            rec.add_items(given, pairs)
