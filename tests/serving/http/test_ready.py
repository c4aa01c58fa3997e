"""A bundle answers as the model does, by index."""

import pytest
import torch

from pygmmrec.serving import Served
from pygmmrec.serving.http.ready import Ready
from pygmmrec.serving.http.refusal import Refusal
from pygmmrec.typing import INTERACTS


@pytest.fixture(scope="module")
def ready(shop: Served) -> Ready:
    return Ready(shop, "shop")


def test_recommendations_are_the_models_in_the_order_of_the_question(shop: Served, ready: Ready) -> None:
    table = shop.recommend([104, 101], 3)
    lists = ready.recommend([4, 1, 4], 3, "train")
    assert lists[0] == lists[2]
    flat = [row for rows in lists[:2] for row in rows]
    assert [row["id"] for row in flat] == table["item"].to_pylist()
    assert [row["score"] for row in flat] == table["score"].to_pylist()
    assert [row["title"] for row in flat] == table["title"].to_pylist()
    assert [row["rank"] for row in flat] == [1, 2, 3, 1, 2, 3]


def test_a_user_for_whom_nothing_is_left_gets_an_empty_list(ready: Ready) -> None:
    own = ready.history(2)
    lists = ready.recommend([1, 2], 5, "train", candidates=own)
    assert lists[1] == []
    assert [row["id"] for row in ready.recommend([2], 20, None, candidates=own)[0]] != []


def test_a_filter_chooses_by_columns(ready: Ready) -> None:
    (rows,) = ready.recommend([0], 11, None, filter={"genre": ["rock"]})
    assert [row["id"] for row in rows] == ["i10"]
    with pytest.raises(Refusal, match="colour"):
        ready.recommend([0], 3, "train", filter={"colour": "red"})


def test_similar_items_are_the_models(shop: Served, ready: Ready) -> None:
    table = shop.similar_items(["i3"], 4, metric="dot")
    assert [row["id"] for row in ready.similar([3], 4, "dot")[0]] == table["similar"].to_pylist()


def test_a_history_is_the_users_training_items(shop: Served, ready: Ready) -> None:
    edge_index = shop.data[INTERACTS].edge_index
    for user in range(9):
        assert sorted(ready.history(user)) == edge_index[1, edge_index[0] == user].tolist()


def test_an_explanation_sums_up_to_the_score(shop: Served, ready: Ready) -> None:
    user = int(torch.bincount(shop.data[INTERACTS].edge_index[0]).argmax())
    told = ready.explain(user, 1, 1)
    parts = told["items"]["parts"]
    assert [part["part"] for part in parts[:2]] == ["item", "more items"]
    assert parts[0]["id"] in [f"i{index}" for index in ready.history(user)]
    assert sum(part["score"] for part in parts) == pytest.approx(told["score"], abs=1e-6)
    names = {part["part"] for part in told["modalities"]["parts"]}
    assert {"embeddings", "m0", "m1", "rest"} <= names
    assert sum(part["score"] for part in told["modalities"]["parts"]) == pytest.approx(
        told["score"], abs=1e-6
    )


def test_somebody_new_is_answered_where_the_model_can(ready: Ready, shop: Served, monkeypatch) -> None:
    def recommend_for(self: Served, items: list[str], k: int) -> object:
        assert items == ["i2", "i5"]
        return self.recommend([103], k).drop_columns("user")

    monkeypatch.setattr(Served, "recommend_for", recommend_for)
    wanted = ready.recommend([3], 2, "train")[0]
    assert ready.fold_in([2, 5], 2) == wanted


def test_somebody_new_is_refused_in_a_sentence_where_the_model_cannot(ready: Ready) -> None:
    with pytest.raises(Refusal, match="makes users of their items") as caught:
        ready.fold_in([2], 2)
    assert caught.value.status == 422


def test_it_says_what_it_is(ready: Ready) -> None:
    told = ready.described()
    assert (told["name"], told["model"], told["users"], told["items"]) == ("shop", "VBPR", 9, 11)
    assert told["columns"] == ["title", "genre", "Image_URL"]
    assert told["created"] is None
