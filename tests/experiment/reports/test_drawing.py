from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from matplotlib.figure import Figure

from pygmmrec.experiment.reports.drawing import learning_curves, save


def test_a_thin_line_per_run_and_their_mean_as_long_as_all_train() -> None:
    def run(*values: float) -> Any:
        entries = [{"epoch": 2 * n, "valid": {"recall@20": value}} for n, value in enumerate(values, start=1)]
        return SimpleNamespace(history=[{"epoch": 1, "valid": {}}, *entries])  # every second one is validated

    axis = Figure().subplots()
    learning_curves(axis, "A", cast(Any, [run(0.1, 0.2, 0.3), run(0.3, 0.4)]), {"color": "C0"})
    one, two, mean = (line.get_ydata() for line in axis.get_lines())
    assert [list(line.get_xdata()) for line in axis.get_lines()] == [[2, 4, 6], [2, 4], [2, 4]]
    assert (list(one), list(two)) == ([0.1, 0.2, 0.3], [0.3, 0.4])
    assert list(mean) == pytest.approx([0.2, 0.3])


def test_a_figure_appears_whole(tmp_path: Path) -> None:
    save(Figure(), tmp_path / "new" / "a.png")
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.png"]
