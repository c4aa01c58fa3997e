"""Ctrl-C and its like end a run in a line that says how to go on, and it does go on from there."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.torture

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}

Command = Callable[[Path], list[str]]


def example(name: str) -> Command:
    script = Path(__file__).resolve().parents[2] / "examples" / f"{name}.py"
    return lambda output: [sys.executable, str(script), "--output", str(output)]


def cli(output: Path) -> list[str]:
    return [sys.executable, "-m", "pygmmrec", "train", "LightGCN", "--output", str(output)]


COMMANDS = {name: example(name) for name in ("train_lightgcn", "train_crane")} | {"cli": cli}


def default_handlers() -> None:
    """As a terminal starts programs, whatever started the tests ignores."""
    for each in CODES:
        signal.signal(each, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def interrupted(command: list[str], log: Path, after: Path, which: signal.Signals) -> int:
    """The exit status of a command that gets a signal once a file is written, or written anew."""
    before = after.stat().st_mtime_ns if after.exists() else 0
    with open(log, "w") as output:
        child = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            preexec_fn=default_handlers,
        )
        try:
            end = time.monotonic() + 300
            while child.poll() is None and time.monotonic() < end:
                if after.exists() and after.stat().st_mtime_ns != before:
                    break
                time.sleep(0.05)
            time.sleep(0.3)
            child.send_signal(which)
            return child.wait(60)
        finally:
            child.kill()
            child.wait()


@pytest.mark.parametrize("which", list(CODES), ids=lambda each: each.name)
@pytest.mark.parametrize("name", list(COMMANDS))
def test_in_training(name: str, which: signal.Signals, tmp_path: Path) -> None:
    output, log = tmp_path / "run", tmp_path / "log"
    command = COMMANDS[name](output)
    options = ["--device", "cpu"]
    code = interrupted([*command, *options, "--epochs", "500"], log, output / "state.pt", which)
    text = log.read_text()
    assert code == CODES[which], text[-2000:]
    assert "Traceback" not in text
    last = text.strip().splitlines()[-1]
    assert "goes on" in last or "--resume" in last, last
    assert str(output) in last, last
    assert not [path.name for path in output.iterdir() if path.name.startswith(".writing-")]
    if name == "train_lightgcn":
        again = [*command, *options, "--epochs", "500", "--resume"]
        assert interrupted(again, log, output / "state.pt", which) == CODES[which]
        assert "Going on after epoch" in log.read_text()
