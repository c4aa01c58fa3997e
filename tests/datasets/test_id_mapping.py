from pathlib import Path

import numpy as np
import pytest

from pygmmrec.data import Features, IdMap
from pygmmrec.datasets.id_mapping import IdMapping, read_id_mapping

MAPPING = IdMapping(IdMap([0, 2, 1]), IdMap(["a", "c", "b"]), Path("i_id_mapping.csv"))


def test_raw_ids_of_numbers_in_any_order() -> None:
    assert MAPPING.original_of(IdMap(range(3))) == IdMap(["a", "b", "c"])
    assert MAPPING.original_of(IdMap([2, 0])) == IdMap(["c", "a"])
    with pytest.raises(ValueError, match=r"a row for each id of the table .*i_id_mapping.csv' without \[7\]"):
        MAPPING.original_of(IdMap([2, 7]))


def test_rows_of_features_under_numbers() -> None:
    matrix = np.arange(3.0).reshape(3, 1)
    features = Features(matrix, ["c", "a", "b"])
    numbered = MAPPING.numbered(features)
    assert numbered.ids == IdMap([2, 0, 1])
    assert numbered.values is features.values
    for same in (Features(matrix), Features(matrix, [1, 2, 0])):
        assert MAPPING.numbered(same) is same
    with pytest.raises(ValueError, match=r"'text' needs .* whose ids are in i_id_mapping.csv .*\['x'\]"):
        MAPPING.numbered(Features(matrix, ["a", "x", "b"], "text"))


@pytest.mark.parametrize("delimiter", ["\t", ","])
def test_the_columns_may_stand_in_either_order(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "u_id_mapping.csv"
    for order in (1, -1):
        rows = [["user_id", "userID"], ["A1", "1"], ["A0", "0"]]
        path.write_text("\n".join(delimiter.join(row[::order]) for row in rows))
        mapping = read_id_mapping(path, "userID")
        assert mapping.number == IdMap([1, 0])
        assert mapping.original == IdMap(["A1", "A0"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("asin\titem\nA\t0\n", r"the column 'itemID' and one of raw ids .*\['asin', 'item'\] in .*i.csv"),
        ("asin\titemID\tx\nA\t0\t1\n", "the column 'itemID' and one of raw ids"),
        ("asin\titemID\nA\t0\nB\t0\n", "'ids' needs to be free of duplicates"),
        ("asin\titemID\nA\t0\nA\t1\n", "'ids' needs to be free of duplicates"),
        ("asin\titemID\nnan\t0\n", "'asin of .*i.csv' needs to be free of words"),
    ],
)
def test_other_files_are_errors(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "i.csv").write_text(content)
    with pytest.raises(ValueError, match=message):
        read_id_mapping(tmp_path / "i.csv", "itemID")
