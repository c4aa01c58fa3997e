"""Tables that closed forms fit instead of training them: buffers whose rows, and columns, are nodes."""

from pygmmrec.nn.fitted.neighbours import FittedNeighbours
from pygmmrec.nn.fitted.pairs import FittedPairs
from pygmmrec.nn.fitted.rows import FittedRows
from pygmmrec.nn.fitted.table import FittedTable

__all__ = ["FittedNeighbours", "FittedPairs", "FittedRows", "FittedTable"]
