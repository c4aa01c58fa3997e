from pygmmrec.graph.summary_text import aligned


def test_columns_are_aligned_and_thousands_have_commas() -> None:
    text = aligned([[["users", 12345], ["it", "7.5%"]], [], [["", "a"], ["bcd", -1000]]])
    assert text.splitlines() == ["users  12,345", "it       7.5%", "", "          a", "bcd  -1,000"]


def test_nothing() -> None:
    assert aligned([[], []]) == ""
