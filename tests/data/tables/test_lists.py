"""Lists of a user and the items, a line for each user."""

from pathlib import Path

import pytest

from pygmmrec.data import Interactions
from pygmmrec.data.tables.lists import is_list, read_list


def write(folder: Path, content: str, name: str = "train.txt") -> Path:
    (folder / name).write_text(content)
    return folder / name


def test_pairs_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "0 5 7 5\n3\n\n2 9 \n")
    table = read_list(path)
    assert table.to_pydict() == {"user": [0, 0, 0, 2], "item": [5, 7, 5, 9]}
    assert Interactions.from_file(path).item.tolist() == [5, 7, 5, 9]


@pytest.mark.parametrize(
    ("content", "name"), [("1 2\n3 4\n", "a.txt"), ("user item\n1 2 3\n", "a.txt"), ("1 2 3\n4\n", "a.csv")]
)
def test_what_is_no_list(tmp_path: Path, content: str, name: str) -> None:
    assert not is_list(write(tmp_path, content, name), None, ())


def test_a_word_far_below(tmp_path: Path) -> None:
    path = write(tmp_path, "0 1 2\n1 3\n" * 300 + "2 x\n")
    assert is_list(path, None, ())
    with pytest.raises(ValueError, match="'path' needs to be a list of integers in each line"):
        Interactions.from_file(path)
