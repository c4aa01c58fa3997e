import torch

from pygmmrec.graph.precision import STORED, full_precision


def test_half_precision_is_cast_up_and_nothing_else() -> None:
    for dtype in (torch.float32, torch.float64, torch.int64):
        x = torch.ones(2, dtype=dtype)
        assert full_precision(x) is x
    for dtype in (torch.float16, torch.bfloat16):
        large = torch.full((4,), 60_000, dtype=dtype)
        assert full_precision(large).dtype == torch.float32
        assert full_precision(large).sum().item() == 4 * large[0].item()
        assert dtype in STORED
