"""Raw ids of any hashable type go in and come back out."""

import copy
import io

import numpy as np
import pandas as pd
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data import IdMap
from pygmmrec.data.ids import as_id_map

MIXED = ["a", 7, ("x", 1), 2.5]


@pytest.mark.parametrize("ids", [range(4), [0, 1, 2, 3], [10, -3, 5, 2**40], ["a", "b", "c", "d"], MIXED])
def test_ids_come_back_out(ids: list) -> None:
    ids_map = IdMap(ids)
    assert list(ids_map.ids) == list(ids)
    assert ids_map.index([ids[2], ids[0]]).tolist() == [2, 0]
    assert ids_map.raw(torch.tensor([3, 1])).tolist() == [ids[3], ids[1]]


def test_a_matrix_of_indices_keeps_its_shape() -> None:
    raw = IdMap(["a", "b", ("c", 1)]).raw(torch.tensor([[0, 2], [1, 1]]))
    assert raw.dtype == object
    assert raw.tolist() == [["a", ("c", 1)], ["b", "b"]]
    assert IdMap([5, 7, 9]).index(torch.tensor([[9, 5]])).tolist() == [[2, 0]]
    assert IdMap([5, 7, 9]).index(np.array([[9], [5]])).shape == (2, 1)


def test_an_index_is_int64_even_where_it_is_empty() -> None:
    index = IdMap(["a"]).index([])
    assert index.dtype == torch.int64
    assert index.shape == (0,)


def test_numbered_ids_cost_no_memory() -> None:
    assert IdMap(np.arange(5)).ids == range(5)
    assert IdMap([1, 0]).ids == (1, 0)
    assert IdMap(np.arange(5)) == IdMap(range(5))


def test_every_source_of_ids_gives_python_objects() -> None:
    sources = [
        np.array([3, 5]),
        torch.tensor([3, 5]),
        pd.Series([3, 5]),
        np.array([3.0, 5.0]),
        (3, np.int64(5)),
    ]
    for source in sources:
        ids = IdMap(source).ids
        assert ids == (3, 5)
        assert {type(raw) for raw in ids} == {int}
    assert [type(raw) for raw in IdMap(np.array(["x", "y"])).ids] == [str, str]


def test_integers_and_their_names_are_different_ids() -> None:
    assert IdMap([1, "1"]).index(["1", 1]).tolist() == [1, 0]


@pytest.mark.parametrize("raw_ids", [["x"], [0], [("a",)]])
def test_an_unknown_id_is_named(raw_ids: list) -> None:
    with pytest.raises(ValueError, match="'raw_ids' needs to be known ids in 'IdMap'") as error:
        IdMap(["a", "b"]).index(["a", *raw_ids])
    assert repr(raw_ids) in str(error.value)
    assert "such as ['a', 'b']" in str(error.value)


def test_an_unknown_number_is_named() -> None:
    with pytest.raises(ValueError, match=r"got \[-1, 3\]"):
        IdMap(range(3)).index([0, -1, 3, 3])


@pytest.mark.parametrize("index", [-1, 2])
def test_an_index_out_of_range_is_named(index: int) -> None:
    with pytest.raises(
        ValueError, match=rf"'index' needs to be between 0 and 1 in 'IdMap' \(got \[{index}\]"
    ):
        IdMap(["a", "b"]).raw(torch.tensor([0, index]))


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (["a", "b", "a"], r"'ids' needs to be free of duplicates in 'IdMap' \(got \['a'\]"),
        ([3, 4, 3, 4], r"free of duplicates in 'IdMap' \(got \[3, 4\]"),
        (["a", None], r"'ids' needs to be free of missing ids in 'IdMap' \(got \[None\]"),
        ([1.0, float("nan")], "free of missing ids"),
        (["a", pd.NA], "free of missing ids"),
        ([["a"], ["b"]], r"ids that can be hashed in 'IdMap' \(got \['list'\]"),
        (["a", "nan"], "free of words that stand for a missing id"),
        (["a", "a "], "without white space around them"),
        (["1", "1.0"], "one number written in two ways"),
        ({"a", "b"}, "in some order"),
        (np.array([True, False]), "an array of booleans.*Give the ids that it selects"),
        ("abc", "a list, array, tensor or pandas column"),
        (7, "a list, array, tensor or pandas column"),
    ],
)
def test_bad_ids_are_errors(ids: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        IdMap(ids)


def test_long_lists_are_cut_short() -> None:
    with pytest.raises(ValueError, match=r"\[0, 1, 2, 3, 4, \.\.\.\]"):
        IdMap(["a"]).index(range(100))


@pytest.mark.parametrize("ids", [range(3), ["a", ("b", 2), 3]])
def test_a_map_survives_what_happens_to_data(ids: list) -> None:
    data = HeteroData()
    data["item"].num_nodes = 3
    data["item"].raw_id = IdMap(ids)
    for other in (data.to("cpu"), copy.copy(data), copy.deepcopy(data), data.clone()):
        assert other["item"].raw_id == IdMap(ids)
    file = io.BytesIO()
    torch.save(data.to_dict(), file)
    file.seek(0)
    loaded = HeteroData.from_dict(torch.load(file, weights_only=True))
    assert loaded["item"].raw_id == IdMap(ids)
    assert loaded["item"].raw_id.index([ids[1]]).tolist() == [1]
    assert "raw_id=IdMap(3)" in repr(data)


def test_maps_are_equal_by_their_ids() -> None:
    assert IdMap(["a", "b"]) == IdMap(["a", "b"])
    assert IdMap(["a", "b"]) != IdMap(["b", "a"])
    assert IdMap(["a"]) != ["a"]


def test_a_map_is_not_built_twice() -> None:
    ids = IdMap(["a"])
    assert as_id_map(ids) is ids
    assert as_id_map(["a"]) == ids


def test_subset() -> None:
    ids = IdMap(["a", "b", "c"])
    assert ids.subset(torch.tensor([2, 0])) == IdMap(["c", "a"])
    assert ids.subset(torch.tensor([2, 0])).index(["a"]).tolist() == [1]
    with pytest.raises(ValueError, match="free of duplicates"):
        ids.subset(torch.tensor([1, 1]))
