"""From events to positives: each step, and the order in which they act."""

import datetime as dt
import logging
from collections import Counter
from typing import Any

import numpy as np
import pytest

from pygmmrec.data import IdMap, Interactions, Positives, RatioSplit, build_hetero_data, summarize
from pygmmrec.data.positives import Kept
from pygmmrec.typing import INTERACTS, TEST, VALID

TRAIN = RatioSplit((1.0, 0.0, 0.0))


def drawn(seed: int, rows: int = 300) -> Interactions:
    rng = np.random.default_rng(seed)
    users = np.array([f"u{number}" for number in rng.integers(0, 25, rows)], dtype=object)
    return Interactions(
        users,
        rng.integers(50, 70, rows),
        rating=rng.integers(1, 6, rows),
        timestamp=rng.integers(0, 90, rows),
    )


def naive(table: Interactions, of: Positives) -> dict[tuple[Any, Any], tuple[float, float]]:
    """Pair -> rating and time, row by row, in the order of the arguments."""
    assert table.rating is not None
    assert table.timestamp is not None
    columns = (table.user, table.item, table.rating, table.timestamp)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    rows = [row for row in rows if of.since is None or row[3] >= of.since]  # type: ignore[operator]
    rows = [row for row in rows if of.until is None or row[3] < of.until]  # type: ignore[operator]
    rows = [row for row in rows if of.rule is None or row[1] % 2 == 0]
    rows = [row for row in rows if row[2] >= (of.min_rating or 0)]
    pairs: dict[tuple[Any, Any], list] = {}
    for row in rows:
        pairs.setdefault(row[:2], []).append(row)
    if of.min_count is not None:
        pairs = {key: found for key, found in pairs.items() if sum(row[2] for row in found) >= of.min_count}
    merged = {}
    for key, found in pairs.items():
        first, last = min(found, key=lambda row: row[3]), max(reversed(found), key=lambda row: row[3])
        chosen = first if of.repeats == "earliest" else last
        merged[key] = (sum(row[2] for row in found) if of.repeats == "sum" else chosen[2], chosen[3])
    users, items = of.k_core if isinstance(of.k_core, tuple) else (of.k_core or 0, of.k_core or 0)
    while True:
        by_user, by_item = Counter(key[0] for key in merged), Counter(key[1] for key in merged)
        kept = {k: v for k, v in merged.items() if by_user[k[0]] >= users and by_item[k[1]] >= items}
        if len(kept) == len(merged):
            return kept
        merged = kept


def found(table: Interactions, of: Positives) -> dict[tuple[Any, Any], tuple[float, float]]:
    out, user_ids, item_ids, _ = of(table)
    assert out.rating is not None
    assert out.timestamp is not None
    keys = zip(user_ids[out.user].tolist(), item_ids[out.item].tolist(), strict=True)
    values = zip(out.rating.tolist(), out.timestamp.tolist(), strict=True)
    pairs = list(keys)
    assert len(set(pairs)) == len(pairs)
    return dict(zip(pairs, values, strict=True))


EVEN = lambda table: table.item % 2 == 0  # noqa: E731


@pytest.mark.parametrize(
    "of",
    [
        Positives(),
        Positives(since=20),
        Positives(until=70.5),
        Positives(since=20, until=70),
        Positives(rule=EVEN),
        Positives(min_rating=4),
        Positives(min_count=6),
        Positives(repeats="latest"),
        Positives(repeats="sum"),
        Positives(k_core=6),
        Positives(k_core=(3, 9)),
        Positives(since=10, until=80, rule=EVEN, min_rating=2, min_count=4, repeats="sum", k_core=(3, 2)),
        Positives(since=5, min_rating=3, repeats="latest", k_core=3),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_every_step_is_what_a_loop_over_rows_does(seed: int, of: Positives) -> None:
    table = drawn(seed)
    expected = naive(table, of)
    assert found(table, of) == expected
    kept = of(table)
    assert isinstance(kept, Kept)
    assert kept.user_ids.tolist() == sorted({user for user, _ in expected})
    assert kept.item_ids.tolist() == sorted({item for _, item in expected})
    assert len(table) - sum(int(step["rows"]) for step in kept.steps) == len(expected)


def test_the_steps_act_in_the_order_of_the_arguments() -> None:
    of = Positives(
        since=3, until=80, rule=EVEN, min_rating=2, min_count=3, num_users=15, k_core=2, repeats="latest"
    )
    steps = [step["step"] for step in of(drawn(0)).steps]
    order = ["since", "until", "rule", "min_rating", "min_count", "repeats", "num_users", "k_core"]
    assert steps == [name for name in order if name in steps]
    assert len(steps) >= 7
    assert [name for name in vars(of) if name in order] == order


def test_ratings_count_before_the_core() -> None:
    """User 1 has two items, of which one is rated low: of a 2-core nothing is left."""
    table = Interactions([0, 0, 1, 1], [0, 1, 0, 1], rating=[5, 5, 5, 1])
    assert len(Positives(k_core=2)(table).table) == 4
    with pytest.raises(
        ValueError, match=r"'k_core' .*'3 rows, all of users .*'min_rating' left out 1 before"
    ):
        Positives(min_rating=3, k_core=2)(table)


def test_a_pair_counts_once_in_the_core() -> None:
    table = Interactions([0, 0, 0, 1, 1], [0, 0, 0, 0, 1])
    assert Positives(k_core=(2, 1))(table).user_ids.tolist() == [1]


def test_a_threshold_counts_rows_of_the_window_only() -> None:
    table = Interactions([0, 0, 0], [0, 0, 1], timestamp=[1, 9, 9])
    assert len(Positives(min_count=2)(table).table) == 1
    with pytest.raises(ValueError, match=r"'min_count' .*Of 3 rows, 'since' left out 1 before"):
        Positives(since=5, min_count=2)(table)


def test_the_sample_is_of_users_that_are_left_and_the_core_is_one_of_the_sample() -> None:
    table = drawn(1)
    left = set(Positives(min_rating=5)(table).user_ids)
    sample = set(Positives(min_rating=5, num_users=10, seed=4)(table).user_ids)
    assert len(sample) == 10
    assert sample <= left
    core = Positives(num_users=10, k_core=4)(table)
    assert set(core.user_ids) <= set(Positives(num_users=10)(table).user_ids)
    for column in (core.table.user, core.table.item):
        assert np.bincount(column).min() >= 4


def test_users_rated_zero_are_there_until_a_step_looks_at_what_is_left() -> None:
    table = Interactions([0, 1, 2], [0, 0, 1], rating=[1, 2, 0])
    assert Positives()(table).user_ids.tolist() == [0, 1, 2]
    assert Positives(k_core=1)(table).user_ids.tolist() == [0, 1]
    assert Positives(k_core=1)(table).item_ids.tolist() == [0]
    assert Positives(min_rating=2)(table).user_ids.tolist() == [1]
    assert len(Positives(min_rating=0)(table).table) == 3


def test_who_rates_below_zero_needs_to_say_what_counts() -> None:
    table = Interactions([0, 1], [0, 0], rating=[-3, 2])
    with pytest.raises(ValueError, match=r"'rating' needs to be zero .*Positives\(min_rating=...\)"):
        Positives()(table)
    assert Positives(min_rating=1)(table).user_ids.tolist() == [1]
    assert Positives(rule=lambda table: table.rating > 0)(table).user_ids.tolist() == [1]


def test_each_step_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    table = Interactions([0, 0, 1, 2], [0, 0, 1, 1], rating=[5, 5, 5, 1])
    with caplog.at_level(logging.INFO):
        build_hetero_data(table, positives=Positives(min_rating=4, k_core=1), split=TRAIN)
    assert caplog.messages == [
        "left out 1 of 4 rows rated below 4",
        "merged 1 rows that repeat a pair of user and item",
        "0 users and 0 items have no training edge",
    ]


FEATURES = np.arange(8, dtype=np.float32).reshape(4, 2)


def test_the_graph_of_positives() -> None:
    table = {"userID": [*"aabbc"], "itemID": [0, 1, 1, 3, 3], "rating": [5, 4, 5, 2, 1]}
    data = build_hetero_data(table, positives=Positives(min_rating=4), split=TRAIN)
    assert data["user"].raw_id == IdMap(["a", "b"])
    assert data["item"].raw_id == IdMap([0, 1])
    assert data[INTERACTS].edge_index.tolist() == [[0, 0, 1], [0, 1, 1]]
    assert data.origin == {
        "rows": 5,
        "steps": [{"step": "min_rating", "reason": "rated below 4", "rows": 2}],
        "split": "RatioSplit(ratios=(1.0, 0.0, 0.0), seed=0)",
        "features": {},
    }


def test_items_of_the_features_stay_without_a_core_and_leave_with_one() -> None:
    table = {"userID": [*"aabb"], "itemID": [*"yzzx"], "rating": [5, 4, 5, 1]}
    features = {"text": (FEATURES, [*"wzyx"])}
    of = Positives(min_rating=4)
    item = build_hetero_data(table, features, positives=of, split=TRAIN)["item"]
    assert item.raw_id == IdMap([*"wzyx"])
    of = Positives(min_rating=4, k_core=1)
    data = build_hetero_data(table, features, positives=of, split=TRAIN)
    assert data["item"].raw_id == IdMap(["z", "y"])  # in the order of the features
    assert data["item"].text.tolist() == FEATURES[1:3].tolist()
    assert data[INTERACTS].edge_index.tolist() == [[0, 0, 1], [0, 1, 0]]
    named = build_hetero_data(
        table, features, positives=of, split=TRAIN, item_ids=[*"xyzw"], user_ids=[*"abc"]
    )
    assert (named["item"].num_nodes, named["user"].num_nodes) == (4, 3)
    numbered = build_hetero_data(
        ([0, 1, 1], [3, 3, 1]), {"text": FEATURES}, positives=Positives(k_core=(1, 2)), split=TRAIN
    )
    assert numbered["item"].raw_id == IdMap([3])
    assert numbered["item"].text.tolist() == [FEATURES[3].tolist()]


def test_only_items_that_stay_need_features() -> None:
    table = {"userID": [*"aabb"], "itemID": [*"yzzx"], "rating": [5, 4, 5, 1]}
    matrix = np.where(np.arange(4)[:, None] == 3, np.nan, FEATURES)  # nothing is known of x
    with pytest.raises(ValueError, match=r"a matrix with a row for each item .*\['x'\]"):
        build_hetero_data(table, {"text": (matrix, [*"wzyx"])}, split=TRAIN)
    of = Positives(min_rating=4, k_core=1)
    assert (
        build_hetero_data(table, {"text": (matrix, [*"wzyx"])}, positives=of, split=TRAIN)["item"].num_nodes
        == 2
    )
    unknown = {"text": (FEATURES[:3], [*"wzy"])}
    with pytest.raises(ValueError, match=r"'interactions.item' needs to be within the ids of .*\['x'\]"):
        build_hetero_data(table, unknown, split=TRAIN)
    assert build_hetero_data(table, unknown, positives=of, split=TRAIN)["item"].num_nodes == 2


def test_sums_are_the_ratings_of_edges() -> None:
    table = {"userID": [0, 0, 1, 1], "itemID": [0, 0, 0, 1], "rating": [2, 3, 4, 1]}
    data = build_hetero_data(table, positives=Positives(repeats="sum", min_count=2), split=TRAIN)
    assert data[INTERACTS].edge_index.tolist() == [[0, 1], [0, 0]]
    assert data[INTERACTS].rating.tolist() == [5, 4]


def test_parts_that_are_given_stay_parts() -> None:
    label = [0, 0, 2, 1]
    table = Interactions([0, 0, 0, 1], [0, 0, 0, 0], label=label, timestamp=[1, 2, 3, 4])
    data = build_hetero_data(table, positives=Positives(repeats="latest", k_core=(1, 2)))
    assert data[INTERACTS].timestamp.tolist() == [2]
    assert (data[INTERACTS][VALID].tolist(), data[INTERACTS][TEST].tolist()) == ([[1], [0]], [[0], [0]])
    assert summarize(data).dropped[0].rows == 1


def test_a_repr_tells_everything() -> None:
    of = Positives(min_rating=4, k_core=[5, 3], since=dt.date(2024, 1, 1), num_users=np.int64(7))  # type: ignore[arg-type]
    assert repr(of) == (
        "Positives(since=datetime.date(2024, 1, 1), until=None, rule=None, min_rating=4, min_count=None, "
        "repeats='earliest', num_users=7, seed=0, k_core=(5, 3))"
    )
    assert of == Positives(min_rating=4, k_core=(5, 3), since=dt.date(2024, 1, 1), num_users=7)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"since": 5, "until": 5},
            "'until' needs to be after 'since', 5",
        ),
        ({"since": "2024-02-01", "until": "2024-01-01"}, "'until' needs to be after 'since', '2024-02-01'"),
        ({"since": "soon"}, "'since' needs to be a column of numbers or of dates"),
        ({"rule": "rating >= 3"}, r"'rule' needs to be a function of the table .*rule=lambda"),
        ({"min_rating": "4"}, "'min_rating' needs to be a number"),
        ({"min_count": float("nan")}, "'min_count' needs to be finite"),
        ({"repeats": "first"}, r"'repeats' needs to be one of \('earliest', 'latest', 'sum', 'error'\)"),
        ({"num_users": 0}, "'num_users' needs to be at least 1"),
        ({"seed": -1}, "'seed' needs to be between 0 and"),
        ({"k_core": 0}, "'k_core' needs to be at least 1"),
        ({"k_core": (5, 5, 5)}, r"'k_core' needs to be an integer, or \(users, items\)"),
        ({"k_core": 2.5}, "'k_core' needs to be an integer in 'Positives'"),
    ],
)
def test_arguments_that_are_not_valid(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Positives(**arguments)


def test_something_else_in_their_place() -> None:
    with pytest.raises(
        ValueError, match=r"'positives' needs to be Positives .*positives=Positives\(min_rating=4.0\)"
    ):
        build_hetero_data(([0], [0]), positives=4.0)  # type: ignore[arg-type]


def test_an_empty_table_is_the_tables_fault() -> None:
    with pytest.raises(ValueError, match="'interactions' needs to be a table with training rows"):
        build_hetero_data(([], []), positives=Positives(k_core=5, repeats="sum", min_count=3))
