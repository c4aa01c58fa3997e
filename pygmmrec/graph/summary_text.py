"""Tables in plain text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

Block: TypeAlias = list[list[str | int]]
"""Rows of cells; all rows have equally many."""


def aligned(blocks: Sequence[Block]) -> str:
    """Blocks below each other, an empty line between them: the first column to the left, others to the right.

    Args:
        blocks: Those without rows are left out. Integers get commas at thousands.
    """
    return "\n\n".join(_lines(block) for block in blocks if block)


def _lines(block: Block) -> str:
    cells = [[f"{cell:,}" if isinstance(cell, int) else cell for cell in row] for row in block]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(_padded(row, widths)).rstrip() for row in cells)


def _padded(row: list[str], widths: list[int]) -> list[str]:
    first = row[0].ljust(widths[0])
    return [first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
