"""The application as a whole: token, limits, two bundles, what it says of itself."""

from pathlib import Path

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from pygmmrec.serving import Served
from pygmmrec.serving.http import make_app
from pygmmrec.serving.http.app import OPEN


@pytest.mark.schema
def test_every_answer_is_one_that_it_describes(shop: Served) -> None:
    described = schemathesis.openapi.from_asgi("/openapi.json", make_app(shop))
    operations = [found.ok() for found in described.get_all_operations()]
    assert len(operations) == 14

    for operation in operations:

        @settings(max_examples=15, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def hold(case: schemathesis.Case) -> None:
            # Only the server knows which columns a filter may name, and how long a list may be.
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

        hold()


def test_with_a_token_only_what_tells_nothing_is_open(shop: Served) -> None:
    with TestClient(make_app(shop, token="s3cret")) as client:
        paths = [*client.get("/openapi.json").json()["paths"], "/nowhere"]
        closed = {path for path in paths if client.get(path).status_code == 401}
        assert closed == set(paths) - set(OPEN)
        assert client.post("/reload").status_code == 401
        client.headers["Authorization"] = "Bearer s3cret"
        assert client.get("/recommend?user=100").status_code == 200


def test_two_bundles_answer_side_by_side(shop: Served, tmp_path: Path, train) -> None:
    with TestClient(make_app(shop, train(tmp_path / "second", 3))) as client:
        names = [each["name"] for each in client.get("/metadata").json()["bundles"]]
        assert names == ["VBPR", "second"]
        first, named, second = (
            client.get(f"/recommend?user=100{rest}").json() for rest in ("", "&bundle=VBPR", "&bundle=second")
        )
        assert first == named
        assert second["bundle"] == "second"
        assert second["items"] != first["items"]
        assert client.post("/reload").json() == {"reloaded": ["second"]}


def test_other_hosts_are_refused_where_it_is_told_its_own(shop: Served) -> None:
    with TestClient(make_app(shop, hosts=["localhost"]), base_url="http://localhost:8000") as client:
        assert client.get("/health").status_code == 200
        assert client.get("/health", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    ("name", "value"), [("max_k", 0), ("max_batch", 0), ("max_body", "many"), ("workers", 0), ("token", "")]
)
def test_wrong_arguments_are_refused(shop: Served, name: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"'{name}' needs to be"):
        make_app(shop, **{name: value})


def test_the_page_of_the_api_tells_of_the_token(shop: Served) -> None:
    told = TestClient(make_app(shop, token="s3cret")).get("/openapi.json").json()
    assert told["components"]["securitySchemes"] == {"HTTPBearer": {"type": "http", "scheme": "bearer"}}
    assert set(told["paths"]["/recommend"]["post"]["responses"]) == {"200", "400", "401", "404", "413", "422"}
    assert TestClient(make_app(shop)).get("/docs").status_code == 200
