"""Agreement with a target that does not move: representation learning without negatives."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.utils.check import check


def bootstrap_loss(online: Tensor, target: Tensor) -> Tensor:
    r"""Cosine distance to a target without gradient (`BYOL <https://arxiv.org/abs/2006.07733>`_, `BM3
    <https://arxiv.org/abs/2207.05969>`_), mean over the batch:

    .. math::
        1 - \cos(o_b, \mathrm{sg}(t_b))

    Nothing pushes rows apart: what keeps all of them from becoming one is a predictor on the online side, and
    whatever makes the target another view.

    Args:
        online: What is to come closer, [B, D].
        target: Where to, [B, D]; no gradient flows into it. A row of zeros is at distance one from all.

    Raises:
        ValueError: If the shapes differ or the batch is empty.
    """
    shape = list(online.shape)
    check(online.shape == target.shape, "target", f"of shape {shape}", "bootstrap_loss", list(target.shape))
    check(online.numel() > 0, "online", "at least one row", "bootstrap_loss", shape)
    dtype = torch.promote_types(torch.promote_types(online.dtype, target.dtype), torch.float32)
    cosine = (unit_rows(online.to(dtype)) * unit_rows(target.detach().to(dtype))).sum(dim=-1)  # [B]
    return 1 - cosine.mean()


class BootstrapLoss(nn.Module):
    """:func:`bootstrap_loss` as a module."""

    def forward(self, online: Tensor, target: Tensor) -> Tensor:
        return bootstrap_loss(online, target)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
