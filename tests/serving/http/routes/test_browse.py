"""Users and items can be looked for."""

from fastapi.testclient import TestClient

from pygmmrec.serving import Served
from pygmmrec.serving.http.schemas import Found
from pygmmrec.typing import INTERACTS


def test_users_are_found_by_their_ids(client: TestClient) -> None:
    found = Found.model_validate(client.get("/users?search=103").json())
    assert [each.id for each in found.found] == [103]
    assert found.total == 9
    every = Found.model_validate(client.get("/users?k=4").json())
    assert [each.id for each in every.found] == [100, 101, 102, 103]


def test_items_are_found_by_their_titles(client: TestClient) -> None:
    found = Found.model_validate(client.get("/items", params={"search": "title <b>1"}).json())
    assert [each.id for each in found.found] == ["i1", "i10"]


def test_a_history_says_how_long_it_is(client: TestClient, shop: Served) -> None:
    edge_index = shop.data[INTERACTS].edge_index
    own = edge_index[1, edge_index[0] == 0].tolist()
    found = Found.model_validate(client.get("/history?user=100&k=1").json())
    assert found.total == len(own)
    assert [each.id for each in found.found] == [f"i{own[0]}"]
    assert client.get("/history?user=9").status_code == 404
    assert client.get("/users?k=21").status_code == 422
