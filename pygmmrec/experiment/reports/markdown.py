"""Tables in Markdown, and their place in a page."""

from __future__ import annotations

from pygmmrec.experiment.reports.cells import Rows


def markdown(rows: Rows) -> str:
    """Rows as a Markdown table."""
    lines = ["| " + " | ".join(rows[0]) + " |", "|---" * len(rows[0]) + "|"]
    lines += ["| " + " | ".join(row.values()) + " |" for row in rows]
    return "\n".join(lines)


def insert(text: str, table: str, marker: str) -> str:
    """The text with everything between the marker's comments replaced by the table.

    Raises:
        ValueError: If the comments are not there once each.
    """
    begin, end = f"<!-- {marker}:begin -->", f"<!-- {marker}:end -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        raise ValueError(f"The file needs to hold {begin!r} and {end!r} once each")
    head, _, rest = text.partition(begin)
    return f"{head}{begin}\n{table}\n{end}{rest.partition(end)[2]}"
