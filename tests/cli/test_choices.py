from pathlib import Path

import pytest

from pygmmrec.cli.choices import as_filter, read_candidates, typed_ids
from pygmmrec.data import NodeInfo

INFO = NodeInfo(
    {
        "genre": [["jazz"], None, ["soul", "funk"]],
        "year": [1959, None, 1991],
        "price": [1, 2.5, None],
        "in_stock": [True, None, False],
        "code": ["7", "8", "9"],
    }
)


def test_values_are_of_the_type_of_the_column() -> None:
    words = ["genre=jazz", "year=1959", "price=2", "in_stock=True", "code=7", "genre=soul", "nowhere=a=b"]
    assert as_filter(words, INFO) == {
        "genre": ["jazz", "soul"],
        "year": [1959],
        "price": [2.0],
        "in_stock": [True],
        "code": ["7"],
        "nowhere": ["a=b"],
    }
    assert as_filter(["year="], INFO) == {"year": [None]}
    assert as_filter(["year=1959"], None) == {"year": ["1959"]}
    assert as_filter(None, INFO) is None


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("genre", "COLUMN=VALUE, as in genre=jazz"),
        ("year=19.5", "an integer"),
        ("price=cheap", "a number"),
        ("in_stock=1", "true or false"),
    ],
)
def test_what_is_none_of_them_is_refused(word: str, wanted: str) -> None:
    with pytest.raises(ValueError, match=f"'filter' needs to be .*{wanted}.*{word}"):
        as_filter([word], INFO)


def test_candidates_are_the_ids_of_a_table_or_of_a_text(tmp_path: Path) -> None:
    path = tmp_path / "stock.csv"
    path.write_text("product,pieces\n7,1\n9,2\n")
    with pytest.raises(ValueError, match="a table with one column of ids"):
        read_candidates(str(path), range(3))
    path.write_text("item,pieces\n7,1\n9,2\n")
    assert read_candidates(str(path), range(3)).tolist() == [7, 9]
    for text in ("item\n7\n9\n", "7\n9", "item_id\r\n7\r\n\r\n9"):
        path.write_text(text)
        assert read_candidates(str(path), range(3)) == [7, 9]
        assert read_candidates(str(path), ["a"]) == ["7", "9"]
    assert read_candidates(None, range(3)) is None
    with pytest.raises(ValueError, match="'path' needs to be"):
        read_candidates(str(tmp_path / "nowhere.csv"), range(3))


def test_ids_are_of_the_type_that_the_model_has() -> None:
    assert typed_ids(["1", "-2"], [7], "users") == [1, -2]
    assert typed_ids(["1", "b"], ["7"], "users") == ["1", "b"]
    with pytest.raises(ValueError, match="'users' needs to be integers, as the ids of the model are"):
        typed_ids(["1", "b"], [7], "users")
