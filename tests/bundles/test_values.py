import json
import math
from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

from pygmmrec.bundles.values import decode, encode

VALUES: list[Any] = [
    None, True, 7, 2**70, 0.1, -0.0, "ä\ud800", [], (), {}, [1, (2, [3.5])], {"a": (1,)},
    {1: "x", ("k",): None}, {"$tuple": [1]}, {"$": 1, "b": 2}, math.inf, -math.inf,
    {"deep": [{"er": (math.inf,)}]},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES)
def test_values_come_back_with_their_types(value: Any) -> None:
    text = json.dumps(encode(value, "value"), allow_nan=False)
    found = decode(json.loads(text))
    assert found == value
    assert repr(found) == repr(value)


def test_nan_comes_back() -> None:
    assert math.isnan(decode(encode(math.nan, "value")))


def test_plain_values_stand_for_themselves() -> None:
    value = {"num_rounds": 2, "weights": [0.5, None], "name": "x"}
    assert encode(value, "value") == value


def test_scalars_of_numpy_become_pythons_own() -> None:
    assert encode([np.int64(3), np.float32(0.5), np.bool_(True)], "value") == [3, 0.5, True]


@pytest.mark.parametrize("value", [{1, 2}, b"x", object, OrderedDict(a=1), np.ones(2)])
def test_what_has_no_word_is_an_error_that_names_it(value: Any) -> None:
    with pytest.raises(ValueError, match=rf"config\['rca'\]\[1\].*{type(value).__name__}"):
        encode({"rca": [1, value]}, "config")


def test_others_may_have_tags_of_their_own() -> None:
    told = encode({"x": {3}}, "value", lambda value, name: {"$set": [name, *value]})
    assert told == {"x": {"$set": ["value['x']", 3]}}
    assert decode(told, lambda tag, content: (tag, content)) == {"x": ("$set", ["value['x']", 3])}
    with pytest.raises(ValueError, match=r"known format.*\$set"):
        decode(told)
