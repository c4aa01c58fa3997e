"""Rows by pair, against dictionaries."""

import numpy as np
import pytest

from pygmmrec.data import Interactions
from pygmmrec.data.events.pair_groups import PairGroups


def drawn(seed: int, rows: int = 60) -> Interactions:
    rng = np.random.default_rng(seed)
    return Interactions(
        rng.integers(0, 4, rows).astype(str),
        rng.integers(0, 4, rows),
        label=rng.integers(0, 2, rows),
        rating=rng.integers(0, 5, rows),
        timestamp=rng.integers(-3, 4, rows),
    )


def naive(table: Interactions, across_labels: bool) -> list[list[int]]:
    rows: dict[tuple, list[int]] = {}
    for row in range(len(table)):
        label = 0 if across_labels or table.label is None else int(table.label[row])
        rows.setdefault((table.user[row], table.item[row], label), []).append(row)
    return [rows[key] for key in sorted(rows)]


@pytest.mark.parametrize("across_labels", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_pairs_their_sums_and_their_rows(seed: int, across_labels: bool) -> None:
    table = drawn(seed)
    groups, expected = PairGroups(table, across_labels=across_labels), naive(table, across_labels)
    assert table.rating is not None
    assert table.timestamp is not None
    time, rating = table.timestamp.tolist(), table.rating.tolist()
    assert len(groups) == len(expected)
    assert np.split(groups.order, groups.start[1:])[0].tolist() == expected[0]
    assert groups.sums(table.rating).tolist() == [sum(rating[row] for row in rows) for rows in expected]
    assert groups.sums(None).tolist() == [len(rows) for rows in expected]
    by_row = groups.on_rows(groups.sums(None))
    assert [by_row[rows].tolist() for rows in expected] == [[len(rows)] * len(rows) for rows in expected]
    assert groups.earliest(table.timestamp).tolist() == [
        min(rows, key=lambda r: (time[r], r)) for rows in expected
    ]
    assert groups.latest(table.timestamp).tolist() == [
        max(rows, key=lambda r: (time[r], r)) for rows in expected
    ]
    assert groups.earliest(None).tolist() == [min(rows) for rows in expected]
    assert groups.latest(None).tolist() == [max(rows) for rows in expected]


def test_no_rows() -> None:
    table = drawn(0, rows=0)
    groups = PairGroups(table, across_labels=False)
    assert len(groups) == len(groups.sums(table.rating)) == len(groups.on_rows(np.array([], dtype=bool))) == 0
    assert groups.earliest(table.timestamp).size == groups.latest(table.timestamp).size == 0
