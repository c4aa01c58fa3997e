"""The benchmark of serving: no request is lost, and each is timed."""

import json
import subprocess
import sys
from pathlib import Path

MAIN = Path(__file__).parents[2] / "benchmarks" / "serving" / "main.py"


def test_a_small_bundle_answers_all_requests_also_over_reloads(tmp_path: Path) -> None:
    sizes = ["--items", "200", "--users", "150", "--dim", "8"]
    command = [sys.executable, str(MAIN), *sizes, "--rate", "30", "--seconds", "1", "--repeats", "2"]
    path = tmp_path / "serving.json"
    done = subprocess.run([*command, "--json", str(path)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    report = json.loads(path.read_text())
    for name in ("steady", "over_reloads"):
        assert (report[name]["requests"], report[name]["lost"]) == (30, 0)
        assert 0 < report[name]["p50_ms"] <= report[name]["p99_ms"] <= report[name]["max_ms"]
    assert report["over_reloads"]["reloads"] > 0
    assert report["steady"]["server_cpu_ms_per_request"] >= 0
    assert 0 < report["batch_of_100"]["min_ms"] <= report["batch_of_100"]["max_ms"]
