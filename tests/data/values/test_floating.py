import numpy as np
import pytest
import torch

from pygmmrec.data.values.floating import check_floating


def test_only_floats_are_features() -> None:
    check_floating(np.dtype("float16"), "text", "test")
    check_floating(torch.bfloat16, "text", "test")
    for dtype in (torch.int64, np.dtype("int32"), np.dtype(bool), np.dtype(complex)):
        with pytest.raises(ValueError, match=r"'text' needs to be a floating-point matrix .*astype"):
            check_floating(dtype, "text", "test")
