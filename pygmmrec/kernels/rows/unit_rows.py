"""Rows scaled to length one."""

from torch import Tensor


def unit_rows(x: Tensor) -> Tensor:
    """Divide each row by its length; a row of zeros stays, and its gradient stays small: [N, D] to [N, D].

    ``torch.nn.functional.normalize`` divides such a row by ``eps`` and so multiplies its gradient by 1e12;
    a few of these in a chain overflow, and one item without features turns all weights into NaN.
    """
    length: Tensor = x.norm(dim=-1, keepdim=True)  # [N, D] -> [N, 1]
    return x / length.masked_fill(length == 0, 1.0)
