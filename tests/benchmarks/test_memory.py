import json
import subprocess
import sys
from pathlib import Path

import pytest

MAIN = Path(__file__).parents[2] / "benchmarks" / "memory" / "main.py"


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak is read from Linux's /proc")
def test_entity_level_attention_never_holds_the_matrix(tmp_path: Path) -> None:
    entities = 8000
    command = [sys.executable, str(MAIN), "--case", "rca", "--entities", str(entities), "--rounds", "1"]
    done = subprocess.run(
        [*command, "--json", str(tmp_path / "rca.json")], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "rca.json").read_text())
    matrix_mb = entities**2 * 4 / 2**20  # one of two modalities, without backward
    assert 0 < report["forward_mb"] < matrix_mb / 3
    assert 0 < report["forward_backward_mb"] < matrix_mb / 2
    assert report["entities"] == entities
    assert report["environment"]["device"] == "cpu"
    assert "forward_backward_seconds" in done.stdout


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak is read from Linux's /proc")
@pytest.mark.parametrize(
    "form", [{"correlation": "bucket", "bucket_by": "random"}, {"activation": "identity"}]
)
def test_cheaper_forms(form: dict[str, str], tmp_path: Path) -> None:
    command = [sys.executable, str(MAIN), "--entities", "300", "--json", str(tmp_path / "rca.json")]
    for name, value in form.items():
        command += [f"--{name.replace('_', '-')}", value]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "rca.json").read_text())
    assert form.items() <= report.items()
    assert report["forward_backward_seconds"] > 0


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak is read from Linux's /proc")
def test_a_learned_item_graph_never_holds_the_matrix(tmp_path: Path) -> None:
    items, report_file = 12000, tmp_path / "lattice.json"
    command = [sys.executable, str(MAIN), "--case", "lattice", "--entities", str(items), "--dim", "16"]
    done = subprocess.run([*command, "--json", str(report_file)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    report = json.loads(report_file.read_text())
    matrix_mb = items**2 * 4 / 2**20  # of one modality
    assert 0 < report["first_step_mb"] < matrix_mb / 2
    assert report["whole_mb"] > report["first_step_mb"]
    assert report["first_step_seconds"] > 0


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak is read from Linux's /proc")
@pytest.mark.parametrize("dtype", ["float32", "tf32", "bfloat16"])
def test_speed_is_that_of_the_products(tmp_path: Path, dtype) -> None:
    command = [sys.executable, str(MAIN), "--entities", "300", "--dim", "16", "--dtype", dtype]
    done = subprocess.run(
        [*command, "--json", str(tmp_path / "rca.json")], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "rca.json").read_text())
    product = 2 * 300**2 * 16 * 2 * 3  # of two modalities in three rounds
    for name, num_products in [("forward", 2), ("forward_backward", 7)]:
        work = report[f"{name}_tflops"] * 1e12 * report[f"{name}_seconds"]
        assert work == pytest.approx(num_products * product)
    assert report["dtype"] == dtype
    assert report["fused_kernel"] is False
    assert "forward_share" not in report
