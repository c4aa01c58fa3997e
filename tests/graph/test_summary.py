"""A summary as text and as plain values."""

import json

from pygmmrec.graph.summary import Degrees, Dropped, Modality, Part, Summary

SUMMARY = Summary(
    rows=1234,
    dropped=[Dropped("min_rating", "rated below 4", 1200), Dropped("repeats", "that repeat a pair", 4)],
    split="RatioSplit(ratios=(0.8, 0.1, 0.1), seed=0)",
    users=10,
    items=20,
    parts={"train": Part(24, 9, 15, 1, 5), "valid": Part(3, 3, 3, 0, 1), "test": Part(3, 3, 2, 1, 0)},
    density=0.15,
    degrees={"user": Degrees(0, 2.5, 2.4, 7), "item": Degrees(0, 1.0, 1.2, 4)},
    modalities={"text": Modality([20, 5, 8], 2)},
)


def test_the_table() -> None:
    assert str(SUMMARY).splitlines() == [
        "rows of the table      1,234",
        "- rated below 4       -1,200",
        "- that repeat a pair      -4",
        "interactions              30",
        "",
        "users         10",
        "items         20",
        "density  15.000%",
        "",
        "split: RatioSplit(ratios=(0.8, 0.1, 0.1), seed=0)",
        "",
        "       interactions  users  items  cold users  cold items",
        "train            24      9     15           1           5",
        "valid             3      3      3           0           1",
        "test              3      3      2           1           0",
        "",
        "training edges of  min  median  mean  max",
        "user                 0     2.5   2.4    7",
        "item                 0       1   1.2    4",
        "",
        "modality       shape  missing",
        "text      20 x 5 x 8        2",
    ]


def test_plain_values() -> None:
    values = SUMMARY.as_dict()
    assert json.loads(json.dumps(values)) == values
    assert values["dropped"][0] == {"step": "min_rating", "reason": "rated below 4", "rows": 1200}
    assert values["parts"]["test"]["cold_users"] == 1
    assert values["modalities"] == {"text": {"shape": [20, 5, 8], "missing": 2, "made_by": None}}
    assert SUMMARY.interactions == 30
