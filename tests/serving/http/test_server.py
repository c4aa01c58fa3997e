"""A server that is reached by its address, and which loses no request over a reload."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
import torch
import uvicorn

from pygmmrec.serving.http import make_app
from pygmmrec.serving.http.server import MOST_WAITING, run


def test_it_listens_where_it_is_told_with_one_thread_for_torch(shop, monkeypatch) -> None:
    told: dict[str, object] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **kwargs: told.update(kwargs))
    monkeypatch.setattr(torch, "set_num_threads", lambda number: told.update(threads=number))
    monkeypatch.setattr("signal.signal", lambda number, handler: told.update(signal=number))
    run(make_app(shop))
    assert (told["host"], told["port"], told["threads"]) == ("127.0.0.1", 8000, 1)
    assert told["limit_concurrency"] == MOST_WAITING
    assert "signal" in told


def test_as_many_connections_may_wait_as_the_system_lets(shop, monkeypatch) -> None:
    resource = pytest.importorskip("resource")
    given: list[tuple[int, int]] = []
    monkeypatch.setattr(uvicorn, "run", lambda app, **kwargs: None)
    monkeypatch.setattr("signal.signal", lambda number, handler: None)
    monkeypatch.setattr(torch, "set_num_threads", lambda number: None)
    monkeypatch.setattr(resource, "setrlimit", lambda kind, limits: given.append(limits))
    for limits in ((1024, 4096), (1024, resource.RLIM_INFINITY), (50_000, 60_000)):
        monkeypatch.setattr(resource, "getrlimit", lambda kind, limits=limits: limits)
        run(make_app(shop))
    assert given == [(4096, 4096), (10_200, resource.RLIM_INFINITY)]


def test_no_request_is_lost_over_reloads(tmp_path: Path, train: Callable[[Path, int], Path]) -> None:
    app = make_app(train(tmp_path / "run", 1))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        url, answers, stop = f"http://127.0.0.1:{port}", [], threading.Event()

        def ask() -> None:
            with httpx.Client(base_url=url) as client:
                while not stop.is_set():
                    answers.append(client.get("/recommend?user=100"))

        askers = [threading.Thread(target=ask) for _ in range(4)]
        for asker in askers:
            asker.start()
        for seed in (2, 3):
            train(tmp_path / "run", seed)
            assert httpx.post(f"{url}/reload").json() == {"reloaded": ["run"]}
        stop.set()
        for asker in askers:
            asker.join()
    finally:
        server.should_exit = True
        thread.join()
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) >= 2
