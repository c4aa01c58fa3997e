"""Learning curves."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from pygmmrec.utils.files import replacing

logger = logging.getLogger(__name__)


def plot_curves(history: list[dict[str, Any]], best_epoch: int, path: str | Path, *, title: str = "") -> bool:
    """Draw loss terms and validation metrics against epochs; nothing where no loss was trained.

    Args:
        history: One entry per epoch with ``epoch``, ``loss`` and ``valid``, as in ``FitResult.history``.
        best_epoch: Epoch to mark.
        path: Image file; its suffix chooses the format.
        title: Heading of the figure.

    Returns:
        Whether there is a figure. If matplotlib is not installed, a line is logged.
    """
    if not history[0]["loss"]:
        return False
    try:
        from matplotlib.figure import Figure
    except ImportError:
        logger.warning("No curves: matplotlib is not installed (pip install 'pygmmrec[plot]')")
        return False
    epochs = [entry["epoch"] for entry in history]
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for name in history[0]["loss"]:
        left.plot(epochs, [entry["loss"][name] for entry in history], label=name)
    left.set(xlabel="epoch", ylabel="loss term (mean over steps)", yscale="log")
    validated = [entry for entry in history if entry["valid"]]
    for name in ("recall", "ndcg", "sampled_recall", "sampled_ndcg"):
        for style, k in (("-", 20), ("--", 10)):
            key = f"{name}@{k}"
            drawn = [(entry["epoch"], entry["valid"][key]) for entry in validated if key in entry["valid"]]
            if drawn:
                right.plot(*zip(*drawn, strict=True), style, label=key)
    right.axvline(best_epoch, color="grey", linewidth=0.8, label=f"best epoch: {best_epoch}")
    right.set(xlabel="epoch", ylabel="validation metric")
    for axis in (left, right):
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=3, frameon=False, fontsize="small")
        axis.grid(alpha=0.2)
    figure.suptitle(title)
    with replacing(Path(path)) as temporary:
        figure.savefig(temporary, dpi=120)
    return True
