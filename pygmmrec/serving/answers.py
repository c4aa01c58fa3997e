"""Answers as small tables."""

from __future__ import annotations

import pyarrow as pa
from torch import Tensor

from pygmmrec.serving.best import Best
from pygmmrec.serving.nodes import Nodes


def answer(asked: tuple[str, Nodes, Tensor], found: Best, given: tuple[str, Nodes]) -> pa.Table:
    """A table with a row for each answer, by question, best first.

    Args:
        asked: Name of the column of those who are asked about, who they are, and their indices.
        found: What was found for them.
        given: Name of the column of answers, and who they are.

    Returns:
        Columns: who is asked about, ``rank`` from 1, who is answered, ``title`` where one is known, and
        ``score``.
    """
    name, nodes, index = asked
    columns = {
        name: nodes.columns(index[found.row], name)[name],
        "rank": pa.array(found.place.cpu().numpy()),
        **given[1].columns(found.column, given[0]),
        "score": pa.array(found.score.cpu().numpy()),
    }
    return pa.table(columns)
