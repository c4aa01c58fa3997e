"""Delimiters and headers are found where that is safe, and asked for where it is not."""

import pytest

from pygmmrec.data.tables.dialect import Dialect, find_dialect

KNOWN = ("userID", "itemID", "rating")


def find(
    lines: list[str], suffix: str = ".csv", delimiter: str | None = None, header: bool | None = None
) -> Dialect:
    return find_dialect(lines, suffix, delimiter, header, KNOWN, "a.csv")


@pytest.mark.parametrize("delimiter", ["\t", "::", ",", ";", "|", " "])
@pytest.mark.parametrize("suffix", [".csv", ".inter", ".txt", ".dat", ""])
def test_any_delimiter_in_any_file(delimiter: str, suffix: str) -> None:
    lines = [delimiter.join(cells) for cells in (("userID", "itemID"), ("1", "2"), ("3", "4"))]
    assert find(lines, suffix) == Dialect(delimiter, ["userID", "itemID"])


def test_what_stands_inside_cells_is_no_delimiter() -> None:
    assert find(["userID,itemID,time", "1,2,2024-01-01 10:00", "3,4,2024-01-02 11:00"]).delimiter == ","
    assert find(["userID\titemID", "1\ta,b", "3\tc,d"], ".inter").delimiter == "\t"
    assert find(['userID,"x;y"', '1,"a;b"', '2,"c,d"']).delimiter == ","
    assert find(["userID,itemID", "1,2", "3"]).delimiter == ","  # the short line will be named


@pytest.mark.parametrize(
    ("lines", "header"),
    [
        (["userID,itemID", "a,b"], ["userID", "itemID"]),
        (["USER_ID,what", "a,b"], ["USER_ID", "what"]),
        (["u:token,i:token", "a,b"], ["u:token", "i:token"]),
        (["who,what", "1,a"], ["who", "what"]),
        (["1,a", "2,b"], None),
        (["1,2"], None),
        (["1.5,-2e3", "1,2"], None),
    ],
)
def test_headers(lines: list[str], header: list[str] | None) -> None:
    assert find(lines).header == header


def test_what_is_said_counts() -> None:
    assert find(["1,2", "3,4"], header=True).header == ["1", "2"]
    assert find(["userID,itemID", "3,4"], header=False).header is None
    assert find(["userID,itemID|x", "3,4|y"], delimiter="|", header=True).header == ["userID,itemID", "x"]


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["ann,tea", "bob,milk"], r"whether its first line names the columns .*header=True or header=False"),
        (
            ["userID,itemID;x", "1,2;y"],
            r"delimiter is plain to see .*perhaps split by \[',', ';'\]",
        ),
        (["userID", "1"], "perhaps split by nothing"),
    ],
)
def test_what_could_be_several_is_asked(lines: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find(lines)
