import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pygmmrec.training.files.plain import plain, to_json


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (np.array(2), 2),
        (np.array([1, 2]), [1, 2]),
        (np.array([np.int64(1), "a"], dtype=object), [1, "a"]),
        (torch.tensor(2.5), 2.5),
        (torch.tensor([1, 2]), [1, 2]),
        (Path("runs/a"), "runs/a"),
        (torch.device("cpu"), "cpu"),
        ((np.int64(1), [np.float64(2.0)]), (1, [2.0])),
        ({np.int64(1): {"a": np.float64(2.0)}}, {1: {"a": 2.0}}),
        (None, None),
        (range(2), range(2)),
    ],
)
def test_plain(value: Any, expected: Any) -> None:
    found = plain(value)
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (float("nan"), None),
        (np.float32("inf"), None),
        ([np.int64(1), (2, {3})], [1, [2, [3]]]),
        (np.zeros((3, 2)), [[0.0, 0.0]] * 3),
        (np.zeros((40, 50)), "ndarray [40, 50] float64"),
        ({1: Path("a"), ("b", 2): None}, {"1": "a", "('b', 2)": None}),
        (range(3), [0, 1, 2]),
        (torch.float32, "torch.float32"),
        (torch.nn.ReLU(), "ReLU()"),
    ],
)
def test_json_can_say_anything(value: Any, expected: Any) -> None:
    found = to_json(value)
    assert found == expected
    assert json.loads(json.dumps(found, allow_nan=False)) == expected
