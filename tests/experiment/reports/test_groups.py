import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from pygmmrec.experiment.reports.groups import BOUNDS, Groups, group_table, label, user_groups
from pygmmrec.experiment.reports.results import Comparison
from pygmmrec.training import load_per_pair, load_per_user

SEEDS = (1, 2)
Rows = Callable[[str], list[dict[str, str]]]


def test_groups_of_users_and_items(rows: Rows, done: Path) -> None:
    folder = done / "tiny" / "LightGCN" / "given"
    (row,) = [row for row in rows("users") if row["model"] == "LightGCN"]
    assert list(row) == ["model", "5-9 (40)"]  # all of them have six training edges
    files = [load_per_user(folder / f"seed-{seed}" / "test_per_user.npz")[1] for seed in SEEDS]
    assert row["5-9 (40)"] == f"{statistics.mean(file['recall@20'].mean() for file in files):.4f}"
    (row,) = [row for row in rows("items") if row["model"] == "LightGCN"]
    hits: dict[str, list[list[int]]] = {"1-4": [], "5-9": []}
    for seed in SEEDS:
        pairs = load_per_pair(folder / f"seed-{seed}" / "test_per_pair.npz")
        for name, low, high in (("1-4", 1, 4), ("5-9", 5, 9)):
            inside = pairs.place[(pairs.degree >= low) & (pairs.degree <= high)]
            hits[name].append([int(1 <= place <= 20) for place in inside])
    assert len(row) == 1 + 2 + any(name.startswith(("0", "10")) for name in row)
    for name, runs in hits.items():
        text = f"{statistics.mean(statistics.mean(run) for run in runs):.4f}"
        assert row[f"{name} ({len(runs[0])})"] == text


def test_labels_and_gaps() -> None:
    assert [label(place) for place in (0, 1, len(BOUNDS))] == ["0", "1-4", "50 or more"]
    table = group_table(Groups({"0": 3}, {"A": {"0": 0.5}, "B": {}}))
    assert table == [{"model": "A", "0 (3)": "0.5000"}, {"model": "B", "0 (3)": ""}]


def test_runs_that_do_not_say_it_are_left_out(comparison: Comparison, tmp_path: Path) -> None:
    bare = Comparison("tiny")
    bare.runs = comparison.runs
    bare.folders = dict.fromkeys(comparison.folders, tmp_path)
    assert user_groups(bare).values == {}
    assert user_groups(comparison).values["BPRMF"]["5-9"] == pytest.approx(
        comparison.mean("BPRMF", "recall@20"), abs=1e-6
    )
