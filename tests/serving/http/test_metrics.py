"""What Prometheus reads."""

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from pygmmrec.serving import Served
from pygmmrec.serving.http.metrics import Metrics, Timed
from pygmmrec.serving.http.ready import Ready
from pygmmrec.serving.http.refusal import problem


def samples(text: str) -> dict[tuple[str, ...], float]:
    """Values by name and labels."""
    families = text_string_to_metric_families(text)
    return {(s.name, *s.labels.values()): s.value for family in families for s in family.samples}


def test_requests_are_counted_by_known_paths_only() -> None:
    async def app(scope, receive, send) -> None:
        await problem(404 if scope["path"] == "/a" else 200, "")(scope, receive, send)

    metrics = Metrics()
    client = TestClient(Timed(app, metrics, frozenset({"/a"})))
    client.get("/a")
    client.post("/a")
    client.get("/b/1")
    client.request("MADE-UP", "/b/2")
    found = samples(metrics.text([]).decode())
    assert found["pygmmrec_requests_total", "GET", "/a", "404"] == 1
    assert found["pygmmrec_requests_total", "POST", "/a", "404"] == 1
    assert found["pygmmrec_requests_total", "GET", "other", "200"] == 1
    assert found["pygmmrec_requests_total", "other", "other", "200"] == 1
    assert found["pygmmrec_request_seconds_count", "/a"] == 2


def test_two_applications_count_apart_and_say_what_they_serve(shop: Served) -> None:
    first, second = Metrics(), Metrics()
    first.batch.observe(3)
    first.reloads.labels("done").inc()
    ready = Ready(shop, "shop")
    found = samples(first.text([ready]).decode())
    assert found["pygmmrec_batch_users_sum",] == 3
    assert found["pygmmrec_reloads_total", "done"] == 1
    assert found["pygmmrec_bundle_items", "shop", "None", "VBPR"] == 11
    assert samples(second.text([]).decode())["pygmmrec_batch_users_sum",] == 0
