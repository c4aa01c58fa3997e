"""The table of whom models serve is what the models say, and each model is in it."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from pygmmrec import models

DOCS = Path(__file__).parents[2] / "docs"
NAMES = [name for name in models.__all__ if name != "Recommender"]


@pytest.fixture(scope="module")
def facts(script: Callable[[str], ModuleType]) -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS))
        yield script("served_facts")


@pytest.fixture(scope="module")
def rows() -> dict[str, list[str]]:
    with (DOCS / "models" / "serves.csv").open(encoding="utf-8") as file:
        return {row[0]: row for row in csv.reader(file)}


def test_each_model_is_in_it(facts: ModuleType, rows: dict[str, list[str]]) -> None:
    assert sorted(rows) == sorted([*NAMES, "Model"])
    assert tuple(rows["Model"]) == facts.HEADER


@pytest.mark.parametrize("name", NAMES)
def test_a_row_is_what_the_model_does(facts: ModuleType, rows: dict[str, list[str]], name: str) -> None:
    assert tuple(rows[name]) == facts.serves(name, facts.named_graph())
