from typing import Any

import numpy as np
import pyarrow.compute as pc
import pytest

from pygmmrec.data import NodeInfo
from pygmmrec.serving.filters import Filters

INFO = NodeInfo(
    {
        "genre": [["jazz"], ["soul", "funk"], [], None, ["jazz", "funk"]],
        "price": [5.0, 20.0, None, 8.0, 1.0],
        "year": [1960, 1961, 1962, None, 1961],
        "stock": [True, False, True, None, True],
        "name": ["a", "b", None, "c", "a"],
        "mixed": [1, "1", None, ("x",), 2],
        "nothing": [None] * 5,
    }
)


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"name": "a"}, [0, 4]),
        ({"name": ["a", "c"]}, [0, 3, 4]),
        ({"name": {"a"}, "stock": True, "price": 1}, [4]),
        ({"name": []}, []),
        ({"name": "nobody's"}, []),
        ({"name": None}, [2]),
        ({"name": ["b", None]}, [1, 2]),
        ({"genre": "jazz"}, [0, 4]),
        ({"genre": ["soul", "jazz"]}, [0, 1, 4]),
        ({"genre": None}, [3]),
        ({"genre": ["soul", None]}, [1, 3]),
        ({"year": np.array([1960, 1961])}, [0, 1, 4]),
        ({"year": range(1961, 1963)}, [1, 2, 4]),
        ({"stock": False}, [1]),
        ({"price": lambda price: price < 8}, [0, 4]),
        ({"genre": lambda genres: len(genres) > 1}, [1, 4]),
        ({"mixed": 1}, [0]),
        ({"mixed": ["1", 2]}, [1, 4]),
        ({"mixed": "x"}, [3]),
        ({"mixed": None}, [2]),
        ({"nothing": None}, [0, 1, 2, 3, 4]),
        (pc.field("price") < 8, [0, 4]),
        ((pc.field("year") == 1961) & pc.field("stock"), [4]),
        (pc.field("price").is_null(), [2]),
        (pc.scalar(False), []),
    ],
)
def test_which_nodes_pass(wanted: Any, rows: list[int]) -> None:
    mask = Filters(INFO).passes(wanted)
    assert (mask.dtype, len(mask)) == (np.bool_, 5)
    assert np.flatnonzero(mask).tolist() == rows


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"color": "red"}, r"of columns \['genre', 'price'.*'nothing'\] in 'Served' \(got 'color'\)"),
        ({"year": "1960"}, r"'filter\['year'\]' needs to be values of type int64 .*'1960'"),
        ({"year": 1960.5}, "values of type int64"),
        ({"genre": [3]}, "values of type string"),
        ({"nothing": 3}, "values of type null"),
        ("jazz", "a mapping of columns, or an expression"),
        (pc.field("color") == "red", r"an expression over \['genre', .*color"),
        (pc.field("year") == "x", "an expression over"),
    ],
)
def test_what_no_column_can_answer_is_an_error(wanted: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Filters(INFO).passes(wanted)


def test_where_nothing_is_known() -> None:
    with pytest.raises(ValueError, match=r"None where nothing is known of the items.*NodeInfo\.from_table"):
        Filters(None).passes({"genre": "jazz"})
