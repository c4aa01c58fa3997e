import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pygmmrec.experiment.studies.figures import DRAW, cells, cost
from pygmmrec.experiment.studies.parts import Part, Plan
from pygmmrec.experiment.studies.results import Results
from pygmmrec.experiment.studies.tables import TABLES

Table = Callable[[str], list[dict[str, str]]]
Result = Callable[[str, int], dict[str, Any]]


def test_cells_of_the_heat_map(table_of: Table, result_of: Result, studied: Path, plan: Plan) -> None:
    results = Results(studied)
    grid = cells(results, plan.parts["alignment"])
    assert grid.shape == (2, 2)
    assert grid[0, 0] == result_of("mmd_weight=0.1,reduction=2", 1)["valid"]["recall@20"]
    assert grid[0, 1] == result_of("mmd_weight=0.1", 1)["valid"]["recall@20"]
    # This is the full model, whose second seed the other cells lack.
    assert grid[1, 1] == result_of("full", 1)["valid"]["recall@20"]
    rows = table_of("alignment")
    assert [float(row["valid recall@20"]) for row in rows] == pytest.approx(grid.ravel(), abs=5e-5)
    assert {row["seeds"] for row in rows} == {"1"}
    two = cells(results, plan.parts["two seeds"])
    both = [result_of("mmd_weight=0", seed)["valid"]["recall@20"] for seed in (1, 2)]
    assert two[0, 0] == statistics.mean(both)


def test_every_kind_of_table_has_a_figure(studied: Path, tmp_path: Path) -> None:
    assert set(DRAW) == set(TABLES)
    results = Results(studied)
    results.costs = [
        {"form": form, "entities": size, "seconds": size / 10, "peak_mb": peak}
        for form in "ab"
        for size, peak in ((4, None), (8, 2.0))
    ]
    cost(results, Part("cost"), tmp_path / "cost.png")
    assert (tmp_path / "cost.png").read_bytes()[:4] == b"\x89PNG"
