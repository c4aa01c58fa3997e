import pytest
import torch

from pygmmrec.nn.fitted.rows import FittedRows
from pygmmrec.nn.fitted.table import FittedTable, rows_at


def test_rows_at_places_and_where_there_is_none() -> None:
    value = torch.arange(6).view(3, 2)
    assert rows_at(value, torch.tensor([2, -1, 0]), -7).tolist() == [[4, 5], [-7, -7], [0, 1]]


def test_a_table_has_nodes_of_a_type_and_shows_them() -> None:
    table = FittedRows("item", 4, 2)
    assert isinstance(table, FittedTable)
    assert repr(table) == "FittedRows('item', 4)"
    with pytest.raises(ValueError, match="'num_nodes' needs to be at least 1"):
        FittedRows("item", 0, 2)
