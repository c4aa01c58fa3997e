from pathlib import Path

from pygmmrec.experiment.reports.figures import bars, convergence, cost, style
from pygmmrec.experiment.reports.groups import item_groups
from pygmmrec.experiment.reports.results import Comparison


def test_figures_are_images(comparison: Comparison, tmp_path: Path) -> None:
    cost(comparison, tmp_path / "cost.png")
    convergence(comparison, tmp_path / "convergence.png")
    bars(item_groups(comparison), tmp_path / "items.png", what="item", ylabel="share")
    for path in (tmp_path / "cost.png", tmp_path / "convergence.png", tmp_path / "items.png"):
        assert path.read_bytes()[:4] == b"\x89PNG"


def test_thirty_models_have_styles_of_their_own() -> None:
    assert len({tuple(style(number).values()) for number in range(30)}) == 30
