"""The table of whom models serve is what the models say, and each model is in it."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

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
def rows(facts: ModuleType) -> dict[str, tuple[str, ...]]:
    return facts.read_rows()


def test_each_model_is_in_it(facts: ModuleType, rows: dict[str, tuple[str, ...]]) -> None:
    missing = sorted(set(NAMES) - set(rows))
    assert not missing, f"Add what is missing: python docs/served_facts.py {' '.join(missing)}"
    assert sorted(rows) == sorted(NAMES), "Write it anew: python docs/served_facts.py"
    assert facts.TABLE.read_text(encoding="utf-8") == facts.as_csv(rows)


def test_each_card_shows_its_row(facts: ModuleType, rows: dict[str, tuple[str, ...]]) -> None:
    read: list[str] = []
    app = SimpleNamespace(env=SimpleNamespace(note_dependency=read.append))
    for name in NAMES:
        card = getattr(models, name).__module__.rpartition(".")[2]
        source = ["Its own words.\n"]
        facts.add_to_card(app, f"models/{card}", source)
        assert source[0].startswith("Its own words.\n\n.. rubric:: ")
        shown = list(csv.reader(line.strip() for line in source[0].splitlines() if line.startswith("   ")))
        assert [tuple(row) for row in shown[1:]] == [facts.HEADER, rows[name]]
    assert set(read) == {str(facts.TABLE)}
    other = ["A page."]
    facts.add_to_card(app, "models/index", other)
    assert other == ["A page."]


@pytest.mark.parametrize("name", NAMES)
def test_a_row_is_what_the_model_does(facts: ModuleType, rows: dict[str, tuple[str, ...]], name: str) -> None:
    found = facts.serves(name, facts.named_graph())
    assert rows.get(name) == found, f"Write its row: python docs/served_facts.py {name}"
