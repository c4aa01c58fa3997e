"""Ids as JSON and addresses write them find the right nodes."""

import pytest
from torch_geometric.data import HeteroData

from pygmmrec.data import IdMap, NodeInfo
from pygmmrec.serving.http.names import Names
from pygmmrec.serving.http.refusal import Refusal
from pygmmrec.serving.nodes import Nodes


def names(ids: object, **columns: list[object]) -> Names:
    data = HeteroData()
    data["item"].num_nodes = len(ids)
    data["item"].raw_id = IdMap(ids)
    if columns:
        data["item"].info = NodeInfo(columns)
    return Names(Nodes(data, "item"))


def test_numbers_are_found_as_numbers_and_as_they_print() -> None:
    numbers = names([7, -3, 12])
    assert numbers.find([12, "7", "-3"]) == [2, 0, 1]
    for text in ("07", "7.0", " 7", "+7", "٧"):
        with pytest.raises(Refusal) as caught:
            numbers.find([text])
        assert caught.value.status == 404


def test_indices_are_ids_where_there_are_no_others() -> None:
    assert names(range(5)).find([4, "0"]) == [4, 0]
    with pytest.raises(Refusal, match=r"No item has the id \[5\]"):
        names(range(5)).find([4, 5])


def test_a_number_is_no_text() -> None:
    texts = names(["7", "a/b?c=d", "007"])
    assert texts.find(["007", "a/b?c=d", "7"]) == [2, 1, 0]
    with pytest.raises(Refusal, match="No item has the id"):
        texts.find([7])


def test_other_ids_are_found_by_what_they_print() -> None:
    mixed = names([1, "one", ("a", 2)])
    assert mixed.find([1, "one", "('a', 2)", "1"]) == [0, 1, 2, 0]
    assert [each["id"] for each in mixed.show([0, 1, 2])] == ["1", "one", "('a', 2)"]
    assert mixed.raw([2]) == [("a", 2)]


def test_ids_that_print_alike_are_refused() -> None:
    with pytest.raises(ValueError, match="told apart"):
        names([1, "1", "one"])


def test_what_no_id_can_be_is_unknown_and_no_fault() -> None:
    for odd in ("", "nan", "\ud800", "a\x00", 10**30):
        with pytest.raises(Refusal) as caught:
            names(["a"]).find([odd])
        assert caught.value.status == 404


def test_titles_and_pictures_are_shown_where_there_are_any() -> None:
    shown = names(
        ["a", "b", "c"], title=["A", None, "C"], imUrl=["https://x/a.png", "javascript:alert(1)", None]
    )
    assert shown.show([1, 0]) == [
        {"id": "b", "title": None, "image": None},
        {"id": "a", "title": "A", "image": "https://x/a.png"},
    ]
    assert names([3]).show([0]) == [{"id": 3, "title": None, "image": None}]


def test_search_looks_into_ids_and_titles_and_finds_the_very_id_first() -> None:
    found = names([11, 1, 21], name=["One", "Two", "ONEROUS"])
    assert found.search("1", 5) == [1, 0, 2]
    assert found.search("one", 5) == [0, 2]
    assert found.search("", 2) == [0, 1]
    assert found.search("1", 1) == [1]
    assert found.search("none", 5) == []
    assert len(found) == 3
