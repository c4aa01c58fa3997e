from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data import IdMap, NodeInfo
from pygmmrec.serving.nodes import Nodes


def nodes(ids: Any, titles: list[Any] | None = None) -> Nodes:
    data = HeteroData()
    data["item"].num_nodes = len(ids)
    data["item"].raw_id = IdMap(ids)
    if titles is not None:
        data["item"].info = NodeInfo({"name": titles})
    return Nodes(data, "item")


@pytest.mark.parametrize(
    ("ids", "asked", "found"),
    [
        (["a", "b"], "b", [1]),
        (["a", "b"], ["b", "a", "b"], [1, 0, 1]),
        (["a", "b"], ("b", "a"), [1, 0]),
        (["a", "b"], np.array(["b"]), [1]),
        (["a", "b"], pd.Series(["b", "a"]), [1, 0]),
        (["a", "b"], [], []),
        (["a", "b"], (x for x in "ab"), [0, 1]),
        ([7, 5], 5, [1]),
        ([7, 5], np.int64(5), [1]),
        ([7, 5], range(5, 6), [1]),
        ([("a", 1), ("a", 2)], ("a", 2), [1]),
        ([("a", 1), ("a", 2)], [("a", 2), ("a", 1)], [1, 0]),
        ([("a", 1), ("a", 2)], (("a", 2), ("a", 1)), [1, 0]),
        ([0.5, "x"], 0.5, [0]),
    ],
)
def test_one_id_or_several(ids: Any, asked: Any, found: list[int]) -> None:
    index = nodes(ids).find(asked, "users")
    assert (index.dtype, index.tolist()) == (torch.int64, found)


def test_the_unknown_are_named() -> None:
    with pytest.raises(
        ValueError, match=r"'users' needs to be items of the model .*\['x', 'y'\].*such as \['a'"
    ):
        nodes(["a", "b"]).find(["a", "x", "y", "x"], "users")
    with pytest.raises(ValueError, match=r"'users' needs to be items of the model .*\[2\]"):
        nodes(range(2)).find(2, "users")
    with pytest.raises(ValueError, match=r"\['1'\]"):
        nodes([0, 1]).find("1", "users")
    with pytest.raises(ValueError, match="free of missing ids"):
        nodes(["a"]).find([None], "users")


def test_indices_are_no_ids() -> None:
    with pytest.raises(ValueError, match="raw ids, and no tensor of indices"):
        nodes([0, 1]).find(torch.tensor([0]), "users")


def test_a_graph_without_ids_has_indices() -> None:
    data = HeteroData()
    data["user"].num_nodes = 3
    assert Nodes(data, "user").find([2, 0], "users").tolist() == [2, 0]


@pytest.mark.parametrize(
    ("ids", "shown"),
    [(["a", "b"], ["b", "a"]), ([7, 5], [5, 7]), ([("a", 1), 2], ["2", "('a', 1)"]), (range(2), [1, 0])],
)
def test_columns_of_an_answer(ids: Any, shown: list[Any]) -> None:
    index = torch.tensor([1, 0])
    plain = nodes(ids).columns(index, "item")
    assert {name: array.to_pylist() for name, array in plain.items()} == {"item": shown}
    titled = nodes(ids, ["A", None]).columns(index, "similar")
    assert {name: array.to_pylist() for name, array in titled.items()} == {
        "similar": shown,
        "title": [None, "A"],
    }
    assert len(nodes(ids)) == 2
