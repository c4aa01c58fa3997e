"""Health, metadata, metrics and reload."""

from pathlib import Path

from fastapi.testclient import TestClient

import pygmmrec
from pygmmrec.serving.http import make_app
from pygmmrec.serving.http.schemas import Metadata


def test_it_is_well_and_says_what_it_serves(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    told = Metadata.model_validate(client.get("/metadata").json())
    assert told.version == pygmmrec.__version__
    assert (told.max_k, told.max_batch, told.max_body) == (20, 5, 2000)
    assert [(each.model, each.items) for each in told.bundles] == [("VBPR", 11)]


def test_metrics_are_prometheus_text(client: TestClient) -> None:
    client.get("/recommend?user=100")
    client.get("/recommend?user=9")
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'pygmmrec_requests_total{method="GET",path="/recommend",status="200"} 1.0' in response.text
    assert 'pygmmrec_requests_total{method="GET",path="/recommend",status="404"} 1.0' in response.text


def test_a_new_bundle_is_served_after_a_reload(tmp_path: Path, train) -> None:
    folder = train(tmp_path / "run", 1)
    with TestClient(make_app(folder)) as client:
        before = client.get("/recommend?user=100").json()
        train(folder, 2)
        assert client.get("/recommend?user=100").json() == before
        assert client.post("/reload").json() == {"reloaded": ["run"]}
        assert client.get("/recommend?user=100").json() != before
        (folder / "bundle.json").unlink()
        failed = client.post("/reload")
        assert failed.status_code == 409
        assert "The old bundles go on" in failed.json()["detail"]
        assert client.get("/recommend?user=100").status_code == 200
        text = client.get("/metrics").text
        assert 'pygmmrec_reloads_total{outcome="done"} 1.0' in text
        assert 'pygmmrec_reloads_total{outcome="failed"} 1.0' in text


def test_a_model_from_no_folder_is_not_loaded_again(client: TestClient) -> None:
    assert client.post("/reload").status_code == 409
