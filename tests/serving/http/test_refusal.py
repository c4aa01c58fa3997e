"""What is refused is said in one shape."""

import json

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from pygmmrec.serving.http.refusal import Refusal, install, problem, refusing
from pygmmrec.utils.check import check


def test_an_error_about_an_argument_becomes_a_refusal() -> None:
    with pytest.raises(Refusal, match="'k' needs to be odd") as caught, refusing(409):
        check(False, "k", "odd", "test", 2)
    assert caught.value.status == 409


def test_other_errors_stay_what_they_are() -> None:
    with pytest.raises(KeyError), refusing():
        raise KeyError("k")


def test_a_problem_is_a_sentence_under_its_status() -> None:
    response = problem(413, "Too long", {"Connection": "close"})
    assert (response.status_code, json.loads(response.body)) == (413, {"detail": "Too long"})
    assert response.headers["connection"] == "close"


def test_an_application_answers_all_of_them_in_one_shape() -> None:
    app = FastAPI()
    install(app)

    @app.get("/refuse")
    def refuse(k: int) -> None:
        raise Refusal(418, f"got {k}")

    client = TestClient(app)
    assert client.get("/refuse?k=2").json() == {"detail": "got 2"}
    assert client.get("/refuse?k=2").status_code == 418
    wrong = client.get("/refuse?k=two")
    assert wrong.status_code == 422
    assert wrong.json()["detail"].startswith("query.k: Input should be a valid integer")
    assert client.get("/nowhere").json() == {"detail": "Not Found"}
    assert client.post("/refuse").headers["allow"] == "GET"
