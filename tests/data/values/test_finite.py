import pytest
import torch

from pygmmrec.data.values.finite import lacking, not_finite, torn
from pygmmrec.graph import blocks


@pytest.mark.parametrize("block", [1, 24, 1 << 24])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("shape", [(9, 3), (9, 2, 3), (9, 3, 2, 2)])
def test_rows_that_are_there_lack_or_are_torn(
    monkeypatch: pytest.MonkeyPatch, block: int, dtype: torch.dtype, shape: tuple[int, ...]
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", block)
    x = torch.randn(shape).to(dtype)
    x[2], x[7] = torch.nan, torch.nan
    assert torn(x).tolist() == []
    assert not_finite(x).tolist() == [2, 7]
    assert lacking(x).nonzero().flatten().tolist() == [2, 7]
    x[4].view(-1)[-1] = torch.nan
    x[5].view(-1)[1] = -torch.inf
    x[6] = torch.inf
    x[8].view(-1)[0] = torch.nan
    x[8].view(-1)[1] = torch.inf
    assert torn(x).tolist() == [4, 5, 6, 8]
    assert not_finite(x).tolist() == [2, 4, 5, 6, 7, 8]
