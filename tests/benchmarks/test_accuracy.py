import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from pygmmrec.experiment.settings.model_class import NAMES

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "benchmarks" / "accuracy" / "main.py"
REPORT = ROOT / "benchmarks" / "accuracy" / "report.py"


def call(script: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(script), *arguments], capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("accuracy")
    options = ["--model", "BPRMF", "LightGCN", "--seeds", "1", "2", "--epochs", "2", "--device", "cpu"]
    done = call(MAIN, *options, "--output", str(folder))
    assert done.returncode == 0, done.stderr
    assert "| BPRMF |" in done.stdout
    return folder / "synthetic"


def test_mean_and_deviation_over_seeds(results: Path) -> None:
    values = [
        json.loads((results / "LightGCN" / "given" / f"seed-{seed}" / "result.json").read_text())["test"][
            "recall@20"
        ]
        for seed in (1, 2)
    ]
    mean, deviation = sum(values) / 2, abs(values[0] - values[1]) / 2**0.5
    table = call(REPORT, str(results), "--headline", "LightGCN").stdout
    row = next(line for line in table.splitlines() if line.startswith("| LightGCN"))
    assert row.split("|")[3].strip(" *") == f"{mean:.4f} ± {deviation:.4f}"
    assert "seeds 1, 2" in table
    base = [
        json.loads((results / "BPRMF" / "given" / f"seed-{seed}" / "result.json").read_text())["test"][
            "recall@20"
        ]
        for seed in (1, 2)
    ]
    assert f"LightGCN against BPRMF: recall@20 {sum(values) / sum(base) - 1:+.1%}, " in table
    assert "main.py --model BPRMF LightGCN" in table


def test_a_result_is_not_computed_again(results: Path) -> None:
    path = results / "BPRMF" / "given" / "seed-1" / "result.json"
    before = path.stat().st_mtime_ns
    options = ["--model", "BPRMF", "--seeds", "1", "--device", "cpu"]
    again = call(MAIN, *options, "--epochs", "2", "--output", str(results.parent))
    assert again.returncode == 0, again.stderr
    assert path.stat().st_mtime_ns == before
    other = call(MAIN, *options, "--epochs", "3", "--output", str(results.parent))
    assert other.returncode != 0
    assert "holds a result of other settings" in other.stderr


def test_table_goes_between_its_markers(results: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- here:begin -->\nold\n<!-- here:end -->\nafter\n")
    for _ in range(2):  # rendering again changes nothing
        assert call(REPORT, str(results), "--into", str(page), "--marker", "here").returncode == 0
    text = page.read_text()
    assert text.startswith("before\n<!-- here:begin -->\n| model |")
    assert text.endswith("\n<!-- here:end -->\nafter\n")
    assert "\nold\n" not in text
    assert text.count("| BPRMF |") == 1
    missing = call(REPORT, str(results), "--into", str(page), "--marker", "there")
    assert missing.returncode != 0
    assert "there:begin" in missing.stderr


def test_what_the_command_line_asks_for(script: Callable[[str], ModuleType]) -> None:
    main = script("main")
    text = "--dataset tiktok=a/b synthetic --missing-modality 0.3:image --cold-items 0.1"
    first, second = main.protocols(main.parser().parse_args(text.split()))
    assert (first.dataset, first.root, second.dataset, second.root) == ("tiktok", "a/b", "synthetic", None)
    assert first.name == "tiktok,missing=0.3-image,cold=0.1"
    whole = main.parser().parse_args(["--dataset", "tiktok", "--root", "x"])
    assert main.protocols(whole)[0].root == "x"
    assert tuple(whole.model) == NAMES
    with pytest.raises(ValueError, match="--root is of one data set"):
        main.protocols(main.parser().parse_args(["--dataset", "a=b", "c=d", "--root", "e"]))


def test_seed_0_is_that_of_the_trials(tmp_path: Path) -> None:
    done = call(MAIN, "--trials", "5", "--seeds", "0", "1", "--output", str(tmp_path))
    assert done.returncode == 2
    assert "'seeds' needs to be without 0" in done.stderr
