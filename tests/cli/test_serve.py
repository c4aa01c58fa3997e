"""The command serves a bundle to this machine alone, unless told otherwise."""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import torch

from pygmmrec.cli.main import main
from pygmmrec.cli.serve import serve_bundle
from pygmmrec.models import BPRMF
from pygmmrec.serving import http
from pygmmrec.testing import toy_data
from pygmmrec.training import fit


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "small"
    data = toy_data(dtype=torch.float32)
    fit(BPRMF.from_data(data, embedding_dim=4), data, epochs=1, output=path, progress=False)
    return path


@pytest.fixture
def started(monkeypatch) -> list[dict[str, object]]:
    """What a server would have been started with."""
    found: list[dict[str, object]] = []
    monkeypatch.setattr(
        http, "make_app", lambda *bundles, **kwargs: {"bundles": bundles, **kwargs}, raising=False
    )
    monkeypatch.setattr(http, "run", lambda app, **kwargs: found.append({**app, **kwargs}), raising=False)
    return found


def test_it_is_reached_from_this_machine_only(started: list[dict[str, object]]) -> None:
    main(["serve", "runs/a", "--max_k", "50"])
    (told,) = started
    assert told["bundles"] == ("runs/a", None)
    assert (told["host"], told["port"], told["token"], told["max_k"]) == ("127.0.0.1", 8000, None, 50)
    assert "localhost" in told["hosts"]


def test_others_are_let_in_where_it_says_so_and_a_token_is_asked_for(
    started: list[dict[str, object]], monkeypatch, caplog
) -> None:
    with caplog.at_level(logging.WARNING):
        serve_bundle("runs/a", host="0.0.0.0")
        assert "there is no token" in caplog.text
        caplog.clear()
        monkeypatch.setenv("PYGMMREC_TOKEN", "s3cret")
        serve_bundle("runs/a", "runs/b", host="0.0.0.0")
        assert caplog.text == ""
    assert [told["hosts"] for told in started] == [None, None]
    assert [told["token"] for told in started] == [None, "s3cret"]


def test_a_missing_bundle_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"^pygmmrec: 'path' needs to be an existing folder"):
        main(["serve", str(tmp_path / "none")])


def test_a_missing_extra_is_one_line() -> None:
    script = "import sys\nfor n in ('fastapi', 'uvicorn', 'prometheus_client'): sys.modules[n] = None\n"
    script += "from pygmmrec.cli import main\nmain(['serve', 'runs/a'])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "pygmmrec: 'make_app' needs fastapi: pip install 'pygmmrec[serve]'\n"


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="this system has no SIGHUP")
def test_a_process_answers_reloads_on_a_signal_and_ends_on_another(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "pygmmrec", "serve", str(folder), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(lambda: httpx.get(f"{url}/health").status_code == 200)
            assert len(httpx.get(f"{url}/recommend?user=3&k=2").json()["items"]) == 2
            server.send_signal(signal.SIGHUP)
            _wait(lambda: 'pygmmrec_reloads_total{outcome="done"} 1.0' in httpx.get(f"{url}/metrics").text)
        finally:
            server.send_signal(signal.SIGTERM)
            told = server.communicate(timeout=30)[1]
    assert f"Loaded again: {folder.name}" in told
    assert server.returncode in (0, -signal.SIGTERM)
    assert os.name == "posix"


def _wait(done, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            if done():
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < end, "the server has not answered"
        time.sleep(0.1)
