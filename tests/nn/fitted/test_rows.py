import pytest
import torch

from pygmmrec.nn import FittedRows


def test_it_starts_with_zeros_or_at_random() -> None:
    assert FittedRows("item", 5, 3).weight.eq(0).all()
    torch.manual_seed(0)
    drawn = FittedRows("item", 2000, 16, drawn=True)
    assert float(drawn.weight.std()) == pytest.approx(0.1 / 4, rel=0.02)
    assert list(drawn.parameters()) == []


def test_rows_of_other_nodes() -> None:
    table = FittedRows("item", 3, 2)
    table.weight.copy_(torch.arange(6).view(3, 2))
    assert table.at(dict(table.named_buffers()), torch.tensor([1, -1]))["weight"].tolist() == [[2, 3], [0, 0]]
