import json
import subprocess
import sys
from pathlib import Path

import pytest

MAIN = Path(__file__).parents[2] / "benchmarks" / "dream" / "main.py"


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak is read from Linux's /proc")
def test_one_linear_map_needs_less_time_and_memory(tmp_path: Path) -> None:
    command = [sys.executable, str(MAIN), "--nodes", "6000", "--channels", "32", "--repeats", "3"]
    command += ["--json", str(tmp_path / "dream.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "dream.json").read_text())
    assert report["forward_backward_speedup"] > 2  # far more on an idle machine
    assert report["memory_ratio"] < 0.5
    assert report["nodes"] == 6000
    assert report["environment"]["device"] == "cpu"
    assert "memory_ratio" in done.stdout
