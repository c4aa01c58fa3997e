"""The files of a finished run."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor

from pygmmrec.evaluation import BeyondAccuracy, RankingMetrics
from pygmmrec.training.files.details import save_details
from pygmmrec.training.optional_part import optional_part
from pygmmrec.training.plot import plot_curves
from pygmmrec.training.result import FitResult


def write_outputs(
    folder: Path,
    result: FitResult,
    users: Tensor,
    test: RankingMetrics | None,
    beyond: BeyondAccuracy | None,
) -> None:
    """Write the result first, and then what is nice to have beside it; if that fails, a warning is logged.

    Args:
        folder: Where to.
        result: Goes into ``result.json``, and its curves into ``curves.png``.
        users: Users of the test set, in the order of the metrics.
        test: Their metrics; ``None`` if nothing was tested.
        beyond: What their lists show besides; ``None`` if that failed.

    Shapes:
        users [U]
    """
    result.save(folder / "result.json")  # with it, the run is done
    if test is not None and beyond is not None:
        with optional_part("metrics of single users and pairs"):
            save_details(folder, users, test, beyond)
    with optional_part("curves"):
        title = f"{result.model} on {result.dataset}, seed {result.seed}"
        plot_curves(result.history, result.best_epoch, folder / "curves.png", title=title)
