from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from pygmmrec.experiment.reports.results import Comparison, Pair, load_comparisons, num_parameters
from pygmmrec.training import FitResult


def test_two_results_of_the_same_run_are_an_error(done: Path, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        source = done / "tiny" / "VBPR" / "given" / "seed-1" / "result.json"
        (tmp_path / folder / "result.json").write_text(source.read_text())
    with pytest.raises(ValueError, match="hold results of the same run"):
        load_comparisons(tmp_path)


def test_models_from_the_lowest_to_the_highest(
    comparison: Comparison, result: Callable[[str, int], dict[str, Any]]
) -> None:
    means = [comparison.mean(model, "recall@20") for model in comparison.models]
    assert means == sorted(means)
    assert comparison.best("recall@20") == comparison.models[-1]
    assert comparison.shared("BPRMF", "VBPR") == [(None, 1), (None, 2)]
    users, values = comparison.by_user("BPRMF", "recall@20", [(None, 1)])
    assert len(users) == 40
    assert values.mean() == pytest.approx(result("BPRMF", 1)["test"]["recall@20"], abs=1e-6)
    pair = comparison.pairs("recall@20")[0]
    assert isinstance(pair, Pair)
    assert pair.gain >= 0


def test_parameters_of_results_that_do_not_say_them(result: Callable[[str, int], dict[str, Any]]) -> None:
    values = result("LightGCN", 1)
    said = num_parameters(FitResult(**values))
    assert num_parameters(FitResult(**{**values, "num_parameters": None})) == said == values["num_parameters"]
    assert torch.get_default_dtype() == torch.float32
