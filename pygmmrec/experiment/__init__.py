"""Measure models against each other: presets, searches, runs, statistics, reports, on any data.

.. code-block:: python

    from pygmmrec.experiment import Budget, compare

    table = compare(["LightGCN", "FREEDOM"], data, trials=20, budget=Budget(epochs=60), output="runs/mine")

Needs the extra ``experiment``. Nothing of it is loaded before it is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pygmmrec.experiment.comparison import compare
    from pygmmrec.experiment.reports.report import render, short, write_reports
    from pygmmrec.experiment.reports.results import Comparison, load_comparisons
    from pygmmrec.experiment.settings.budget import Budget
    from pygmmrec.experiment.settings.preset import preset
    from pygmmrec.experiment.settings.protocol import Protocol
    from pygmmrec.experiment.settings.space import Space, space
    from pygmmrec.experiment.studies.parts import Part, Plan, Variant
    from pygmmrec.experiment.studies.study import Study, run_study
    from pygmmrec.experiment.trials.choice import Choice, search
    from pygmmrec.experiment.trials.pruning import Pruning

_HOMES = {
    "comparison": ("compare",),
    "reports.report": ("render", "short", "write_reports"),
    "reports.results": ("Comparison", "load_comparisons"),
    "settings.budget": ("Budget",),
    "settings.preset": ("preset",),
    "settings.protocol": ("Protocol",),
    "settings.space": ("Space", "space"),
    "studies.parts": ("Part", "Plan", "Variant"),
    "studies.study": ("Study", "run_study"),
    "trials.choice": ("Choice", "search"),
    "trials.pruning": ("Pruning",),
}

__all__ = [
    "Budget",
    "Choice",
    "Comparison",
    "Part",
    "Plan",
    "Protocol",
    "Pruning",
    "Space",
    "Study",
    "Variant",
    "compare",
    "load_comparisons",
    "preset",
    "render",
    "run_study",
    "search",
    "short",
    "space",
    "write_reports",
]

_OF_EXTRA = ("joblib", "matplotlib", "optuna", "pandas", "sqlalchemy", "tomli")


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for."""
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        return getattr(import_module(f"{__name__}.{home}"), name)
    except ModuleNotFoundError as error:
        if error.name in _OF_EXTRA:
            raise ModuleNotFoundError(
                f"{name!r} needs {error.name}: pip install 'pygmmrec[experiment]'", name=error.name
            ) from error
        raise


def __dir__() -> list[str]:
    return sorted(__all__)
