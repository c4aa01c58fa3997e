"""A small study, which many tests read."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pygmmrec.experiment import Protocol, Study, run_study
from pygmmrec.experiment.studies.parts import (
    CONVERGENCE,
    FULL_MODEL,
    LIGHT_GCN,
    Part,
    Plan,
    Variant,
    single_modalities,
)

SEEDS = (1, 2)


@pytest.fixture(scope="session")
def plan() -> Plan:
    """A study of few runs with a part of each kind that is trained."""

    def rows(base: dict[str, Any]) -> tuple[Variant, ...]:
        without = (Variant("without MMD", {"mmd_weight": 0}), Variant("without InfoNCE", {"cl_weight": 0}))
        return (FULL_MODEL, *without, *single_modalities(base), LIGHT_GCN)

    small = {"mmd_weight": (0.1, 0.15), "reduction": (2, 8)}
    return Plan(
        "MambaRec",
        {
            "ablation": Part("bars", rows),
            "alignment": Part("heat map", axes=small),
            "contrast": Part("line", axes={"cl_weight": (0.01, 0.1)}),
            "reduction": Part("size", axes={"reduction": (2, 8)}),
            "convergence": CONVERGENCE,
            "two seeds": Part("heat map", axes={"mmd_weight": (0, 0.15), "reduction": (8,)}),
            "undone": Part("heat map", axes={"mmd_weight": (0, 0.15), "reduction": (4, 8)}),
        },
    )


@pytest.fixture(scope="session")
def study(plan: Plan, protocol: Protocol) -> Callable[..., Study]:
    """Maker of studies on the tiny data set."""

    def make(output: Path, *parts: str, **options: Any) -> Study:
        made = {"seeds": SEEDS, "epochs": 1, "device": "cpu", **options}
        return Study(plan, protocol, output, parts or None, **made)

    return make


@pytest.fixture(scope="session")
def studied(study: Callable[..., Study], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small study."""
    output = tmp_path_factory.mktemp("study") / "runs"
    assert run_study(study(output, "ablation", "alignment", "contrast", "reduction")) == {}
    return output


@pytest.fixture(scope="session")
def result_of(studied: Path) -> Callable[[str, int], dict[str, Any]]:
    """Reader of its results."""
    return lambda name, seed: json.loads((studied / name / f"seed-{seed}" / "result.json").read_text())


@pytest.fixture(scope="session")
def table_of(studied: Path) -> Callable[[str], list[dict[str, str]]]:
    """Reader of its tables."""

    def read(name: str) -> list[dict[str, str]]:
        with (studied / "report" / f"{name}.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    return read
