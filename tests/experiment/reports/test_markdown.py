import pytest

from pygmmrec.experiment.reports.markdown import insert, markdown


def test_a_table() -> None:
    assert (
        markdown([{"a": "1", "b": "x"}, {"a": "2", "b": ""}]) == "| a | b |\n|---|---|\n| 1 | x |\n| 2 |  |"
    )


def test_a_table_goes_between_its_markers() -> None:
    page = "before\n<!-- here:begin -->\nold\n<!-- here:end -->\nafter\n"
    once = insert(page, "| new |", "here")
    assert once == "before\n<!-- here:begin -->\n| new |\n<!-- here:end -->\nafter\n"
    assert insert(once, "| new |", "here") == once
    for text in ("no marker", page + page):
        with pytest.raises(ValueError, match="once each"):
            insert(text, "", "here")
