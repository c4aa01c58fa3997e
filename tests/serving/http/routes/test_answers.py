"""Questions over HTTP get the answers of the model."""

import pytest
from fastapi.testclient import TestClient

from pygmmrec.serving import Served
from pygmmrec.serving.http.schemas import (
    Explained,
    Recommended,
    RecommendedBatch,
    Similar,
    SimilarBatch,
)


def test_one_user_is_asked_about_by_an_address(client: TestClient, shop: Served) -> None:
    answer = Recommended.model_validate(client.get("/recommend", params={"user": "103", "k": 4}).json())
    assert answer.user == 103
    assert [each.id for each in answer.items] == shop.recommend(103, 4)["item"].to_pylist()
    assert answer.items[0].title.startswith("Title <b>")


def test_several_are_asked_about_at_once(client: TestClient, shop: Served) -> None:
    body = {"users": [103, "101", 103], "k": 2, "exclude": "none"}
    answer = RecommendedBatch.model_validate(client.post("/recommend", json=body).json())
    assert [each.user for each in answer.answers] == [103, 101, 103]
    wanted = shop.recommend([103, 101], 2, exclude=None)["item"].to_pylist()
    assert [item.id for each in answer.answers[:2] for item in each.items] == wanted


def test_candidates_and_filters_choose(client: TestClient) -> None:
    body = {"users": [100], "exclude": "none", "candidates": ["i1", "i2", "i3"], "filter": {"genre": "soul"}}
    (answer,) = client.post("/recommend", json=body).json()["answers"]
    assert {item["id"] for item in answer["items"]} == {"i1", "i3"}
    assert answer["items"][0]["image"].startswith("https://pictures.example/")


def test_similar_items_one_and_several(client: TestClient, shop: Served) -> None:
    wanted = shop.similar_items("i4", 3, metric="dot")["similar"].to_pylist()
    one = Similar.model_validate(client.get("/similar?item=i4&k=3&metric=dot").json())
    assert [each.id for each in one.items] == wanted
    body = {"items": ["i4", "i5"], "k": 3, "metric": "dot"}
    two = SimilarBatch.model_validate(client.post("/similar", json=body).json())
    assert [each.item for each in two.answers] == ["i4", "i5"]
    assert [each.id for each in two.answers[0].items] == wanted


def test_an_explanation_is_the_same_by_address_and_by_body(client: TestClient, shop: Served) -> None:
    by_address = client.get("/explain?user=102&item=i7&k=3").json()
    assert by_address == client.post("/explain", json={"user": 102, "item": "i7", "k": 3}).json()
    told = Explained.model_validate(by_address)
    assert told.score == pytest.approx(shop.explain(102, "i7").score)


def test_somebody_new_gets_a_sentence_from_a_model_that_cannot(client: TestClient) -> None:
    response = client.post("/fold-in", json={"items": ["i1", "i2"], "k": 3})
    assert response.status_code == 422
    assert "makes users of their items" in response.json()["detail"]


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("/recommend?user=99", 404, "No user has the id"),
        ("/recommend?user=", 404, "missing"),
        ("/recommend?user=100&bundle=none", 404, "No bundle has the name"),
        ("/recommend", 422, "query.user"),
        ("/recommend?user=100&k=21", 422, "at most 20"),
        ("/recommend?user=100&k=0", 422, "query.k"),
        ("/recommend?user=100&exclude=some", 422, "query.exclude"),
        ("/similar?item=100", 404, "No item has the id"),
        ("/explain?user=100&item=i99", 404, "No item has the id"),
    ],
)
def test_what_is_wrong_is_said(client: TestClient, address: str, status: int, said: str) -> None:
    response = client.get(address)
    assert response.status_code == status
    assert said in response.json()["detail"]


def test_too_many_at_a_time_are_refused(client: TestClient) -> None:
    response = client.post("/recommend", json={"users": [100] * 6})
    assert response.status_code == 422
    assert "5 users or items" in response.json()["detail"]
    assert client.post("/recommend", json={"users": [100] * 1000}).status_code == 413
