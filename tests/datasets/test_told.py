"""What tells settings apart, and what does not tell enough."""

import functools

import numpy as np
import pytest
import torch
from torch_geometric.transforms import BaseTransform, Compose

from pygmmrec.data import Columns, RatioSplit
from pygmmrec.datasets.told import told


class Quiet(BaseTransform):
    """Keeps the repr of PyG, which leaves out every argument."""

    def __init__(self, value: object) -> None:
        self.value = value

    def forward(self, data: object) -> object:
        return data


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Quiet(1), Quiet(2)),
        (Quiet(torch.tensor([0.12345])), Quiet(torch.tensor([0.12349]))),  # print alike
        (Quiet(np.array([0.123456789012])), Quiet(np.array([0.123456789013]))),
        (Quiet(torch.zeros(5000)), Quiet(torch.ones(5000))),
        (Quiet(torch.zeros(2)), Quiet(torch.zeros(2, 1))),
        (Quiet(torch.zeros(2)), Quiet(torch.zeros(2, dtype=torch.int32))),
        (Quiet({"a": 1}), Quiet({"a": 2})),
        (Quiet([1, 2]), Quiet((1, 2))),
        (Quiet(torch.nn.Linear(1, 1)), Quiet(torch.nn.Linear(1, 1))),
        (Quiet(int), Quiet(float)),
        (Compose([Quiet(1)]), Compose([Quiet(1), Quiet(1)])),
        (RatioSplit(), RatioSplit(seed=1)),
        (Columns(), Columns(user="u")),
        ("None", None),
        (1, "1"),
    ],
)
def test_settings_that_differ_tell_so(one: object, other: object) -> None:
    assert told(one) is not None
    assert told(one) != told(other)
    assert told(one) == told(one)


def test_equal_settings_tell_the_same() -> None:
    assert told(Compose([Quiet({"b", "a"})])) == told(Compose([Quiet({"a", "b"})]))
    assert told(RatioSplit()) == told(RatioSplit())


class Circle(BaseTransform):
    """Holds itself."""

    def __init__(self) -> None:
        self.me = self

    def forward(self, data: object) -> object:
        return data


@pytest.mark.parametrize(
    "setting",
    [
        lambda data: data,
        object(),
        functools.partial(np.sort),
        Quiet(lambda: 1),
        Quiet(torch.eye(2).to_sparse()),
        Circle(),
    ],
)
def test_what_does_not_tell_what_it_does(setting: object) -> None:
    assert told(setting) is None
