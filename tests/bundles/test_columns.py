import datetime
import math
from typing import Any

import pyarrow as pa
import pytest

from pygmmrec.bundles.columns import Column, from_column, to_column

KEPT: list[tuple[list[Any], pa.DataType]] = [
    ([1, None, -(2**63)], pa.int64()),
    ([0.1, None, math.inf], pa.float64()),
    (["a", None, ""], pa.string()),
    ([True, None], pa.bool_()),
    ([["a", "b"], [], None], pa.list_(pa.string())),
    ([datetime.date(2020, 1, 2), None], pa.date32()),
    ([b"\0x"], pa.binary()),
    ([None, None], pa.null()),
    ([], pa.null()),
]
TOLD: list[list[Any]] = [
    [2**70, 1],
    [1, 2.5],
    ["a", 1, None],
    [("x", (2, "y")), ("x", 3)],
    [("a", "b")],
    [[1, 2.5]],
    [{"a": 1}, {"b": 2}],
    ["\ud800"],
    [[1], 2],
]


@pytest.mark.parametrize(("values", "kind"), KEPT)
def test_arrow_keeps_what_it_has_a_type_for(values: list[Any], kind: pa.DataType) -> None:
    column = to_column(values, "x")
    assert column == Column(pa.array(values, type=kind), False)
    assert repr(from_column(column)) == repr(values)


@pytest.mark.parametrize("values", TOLD)
def test_the_rest_is_json(values: list[Any]) -> None:
    column = to_column(values, "x")
    assert (column.is_json, column.array.type) == (True, pa.string())
    assert repr(from_column(column)) == repr(values)


def test_nan_is_a_number_and_none_is_not() -> None:
    values = from_column(to_column([math.nan, None], "x"))
    assert math.isnan(values[0])
    assert values[1] is None


def test_a_range_is_numbers() -> None:
    assert from_column(to_column(range(3), "x")) == [0, 1, 2]


def test_other_values_are_errors() -> None:
    with pytest.raises(ValueError, match=r"'price' needs to be .*set"):
        to_column([1, {2}], "price")
