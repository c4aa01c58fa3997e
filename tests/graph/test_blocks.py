import pytest
import torch

from pygmmrec.graph import blocks
from pygmmrec.graph.blocks import row_blocks


@pytest.mark.parametrize("shape", [(10, 4), (10, 2, 2), (10,), (0, 4), (1, 400)])
def test_blocks_are_views_of_all_rows_in_order(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...]
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 64)
    x = torch.randn(shape)
    found = list(row_blocks(x))
    assert torch.equal(torch.cat(found), x)
    assert all(block.untyped_storage().data_ptr() == x.untyped_storage().data_ptr() for block in found)
    assert max(block.size(0) for block in found) <= max(1, 64 // max(4, x[:1].nbytes))
