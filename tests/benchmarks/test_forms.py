import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

FORMS = Path(__file__).parents[2] / "benchmarks" / "rca" / "forms.py"
RANDOM = "bucket, random, 1 of 512"


@pytest.fixture(scope="module")
def forms() -> ModuleType:
    spec = importlib.util.spec_from_file_location("forms", FORMS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_distance_from_the_exact_items(forms: ModuleType) -> None:
    before, exact = torch.randn(30, 6), torch.randn(30, 6)
    same = forms.compare(exact, exact, before, 3)
    assert (same["error"], same["update_error"], same["recall@3"]) == (0, 0, 1)
    assert same["cosine"] == pytest.approx(1) == same["update_cosine"]
    half = forms.compare((before + exact) / 2, exact, before, 3)
    assert half["update_error"] == pytest.approx(0.5)
    assert half["update_cosine"] == pytest.approx(1)
    assert half["error"] == pytest.approx(float((exact - before).norm() / exact.norm() / 2))
    none = forms.compare(before, exact, before, 29)
    assert (none["update_error"], none["update_cosine"], none["recall@29"]) == (1, 0, 1)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak is read from Linux's /proc")
def test_forms_against_the_exact_one(tmp_path: Path) -> None:
    path = tmp_path / "forms.json"
    command = [sys.executable, str(FORMS), "--rounds", "1", "--repeats", "1", "--dim", "16"]
    done = subprocess.run(
        [*command, "--forms", RANDOM, "--json", str(path)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(path.read_text())
    assert report["environment"]["device"] == "cpu"
    assert (report["dataset"], report["rounds"], report["num_items"]) == ("synthetic", 1, 1200)
    none, exact, random = report["forms"].values()
    assert (none["update_error"], none["update_cosine"]) == (1, 0)
    assert (exact["error"], exact["update_error"], exact["recall@10"]) == (0, 0, 1)
    assert 0 < random["update_error"] < 0.5
    assert random["rca"].count("bucket_by='random'") == 1
    for values in (exact, random):
        assert values["forward_seconds"] > 0
        assert values["forward_backward_seconds"] > 0  # of one repeat, so that noise may order them
        assert values["forward_backward_mb"] > 0
    assert f"\n| {RANDOM} | {random['error']:.3f} | " in done.stdout
