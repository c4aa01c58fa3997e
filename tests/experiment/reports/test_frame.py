import statistics
from collections.abc import Callable
from typing import Any

import pytest

from pygmmrec.experiment.reports.frame import frame
from pygmmrec.experiment.reports.results import Comparison


def test_a_row_per_model_from_the_best_to_the_worst(
    comparison: Comparison, result: Callable[[str, int], dict[str, Any]]
) -> None:
    table = frame({"tiny": comparison})
    assert list(table.index) == comparison.models[::-1]
    for model in comparison.models:
        runs = [result(model, seed) for seed in (1, 2)]
        values = [run["test"]["ndcg@10"] for run in runs]
        assert table.loc[model, "test ndcg@10"] == pytest.approx(statistics.mean(values))
        assert table.loc[model, "test ndcg@10 std"] == pytest.approx(statistics.stdev(values))
        assert table.loc[model, "peak MB"] == max(run["peak_memory_mb"] for run in runs)
        assert table.loc[model, "runs"] == 2
    best = comparison.best("recall@20")
    expected = comparison.p_to_best("recall@20")
    assert table["p recall@20"].drop(best).to_dict() == pytest.approx(expected)
    assert table["p recall@20"].isna()[best]


def test_several_data_sets_and_none(comparison: Comparison) -> None:
    table = frame({"a": comparison, "b": comparison})
    assert table.index.names == ["data", "model"]
    assert len(table) == 6
    assert frame({}).empty
