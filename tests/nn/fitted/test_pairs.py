import torch

from pygmmrec.nn import FittedPairs


def test_rows_and_columns_of_other_nodes() -> None:
    table = FittedPairs("item", 3)
    table.weight.copy_(torch.arange(9).view(3, 3))
    found = table.at(dict(table.named_buffers()), torch.tensor([2, -1, 0]))["weight"]
    assert found.tolist() == [[8, 0, 6], [0, 0, 0], [2, 0, 0]]
    table.reset_parameters()
    assert table.weight.eq(0).all()
