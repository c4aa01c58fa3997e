from typing import Any

import numpy as np
import pytest
import torch

from pygmmrec.data.ids import IdMap
from pygmmrec.models.user_index import user_indices


@pytest.fixture
def data(toy_data):
    data = toy_data()
    data["user"].raw_id = IdMap([f"user {u}" for u in range(9)])
    return data


@pytest.mark.parametrize(
    "given",
    [
        torch.tensor([2, 0, 2]),
        torch.tensor([2, 0, 2], dtype=torch.uint8),
        torch.tensor([2, 0, 2], dtype=torch.int32),
        ["user 2", "user 0", "user 2"],
        np.array(["user 2", "user 0", "user 2"]),
        (f"user {u}" for u in (2, 0, 2)),
    ],
)
def test_indices_and_raw_ids(data, given: Any) -> None:
    found = user_indices(data, given, "recommend")
    assert (found.tolist(), found.dtype) == ([2, 0, 2], torch.int64)


def test_a_mask_names_its_users(data) -> None:
    mask = torch.zeros(9, dtype=torch.bool)
    mask[[1, 4]] = True
    assert user_indices(data, mask, "recommend").tolist() == [1, 4]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            torch.tensor([True, False]),
            r"indices, or a mask of all 9 users in 'recommend' \(got 'a mask \[2\]'\)",
        ),
        (np.ones(9, dtype=bool), r"raw ids in 'recommend' \(got 'bools'\)\. A mask is a tensor"),
        ([True, False], "A mask is a tensor"),
        (torch.tensor([1.0]), r"of integers, or a bool mask .*float32"),
        (torch.tensor(1), r"a vector \[B\] .*\(got \[\]\)"),
        (torch.tensor([9]), "between 0 and 8"),
        (torch.tensor([-1]), "between 0 and 8"),
        ("user 2", "Put a single one into a list"),
        (2, "Put a single one into a list"),
        (["nobody"], "known ids"),
    ],
)
def test_anything_else_is_an_error(data, given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        user_indices(data, given, "recommend")


def test_raw_ids_of_a_graph_without(toy_data) -> None:
    with pytest.raises(ValueError, match="a tensor, since the graph has no raw ids"):
        user_indices(toy_data(), ["a"], "recommend")
