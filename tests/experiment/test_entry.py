import json
from pathlib import Path
from typing import Any

import pytest

from pygmmrec.experiment import Protocol
from pygmmrec.experiment.entry import TRIALS, Entry
from pygmmrec.experiment.settings.contender import contender
from pygmmrec.experiment.trials.run import run_searches
from pygmmrec.experiment.trials.search import Search


@pytest.fixture
def search(sought: Any) -> Search:
    made: Search = sought(2, preset={"LightGCN": {"training": {"lr": 0.003}}})
    return made


def entry(protocol: Protocol, root: Path, search: Search | None = None) -> Entry:
    of = contender("LightGCN", "tiny", searched=False) if search is None else search.contender
    return Entry(of, protocol, root, search, (None, 9), (1, 2), 1, "cpu")


def test_without_a_search_the_runs_are_known_at_once(protocol: Protocol, tmp_path: Path) -> None:
    made = entry(protocol, tmp_path)
    assert made.decided
    assert made.settings() == made.contender.preset
    names = [piece.name for piece in made.runs()]
    assert names == [f"tiny LightGCN {part}-seed-{seed}" for part in ("given", "split-9") for seed in (1, 2)]
    made.runs()[0].call()
    assert (made.folder / "given" / "seed-1" / "result.json").is_file()
    assert [piece.name for piece in made.runs()] == names[1:]


def test_the_best_trial_is_written_and_taken(
    protocol: Protocol, tmp_path: Path, search: Search, no_training: list[Any]
) -> None:
    made = entry(protocol, tmp_path, search)
    assert not made.decided
    run_searches({made.folder: search})
    assert made.decided
    best = max(no_training, key=lambda settings: settings["training"]["lr"])
    assert made.settings() == best
    assert json.loads((made.folder / "chosen.json").read_text())["settings"] == best
    assert len((made.folder / TRIALS).read_text().splitlines()) == 2
