"""Several views of the same nodes as one, for similarity."""

from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check

FuseMode: TypeAlias = Literal["concat", "sum", "average"]
MODES = ("concat", "sum", "average")


class Fuse(nn.Module):
    r"""Join the modalities of each node, so that two nodes have one cosine (the variants C, S and A of CRANE,
    `arXiv 2601.11151 <https://arxiv.org/abs/2601.11151>`_).

    - ``concat``: :math:`[X_1 \Vert \dots \Vert X_M]`; a modality with longer rows counts for more
    - ``sum``: :math:`\sum_m X_m`
    - ``average``: rows scaled to length one, then ``concat``. Where nodes have all modalities, the cosine of
      two of them is the average of their M cosines, so that no similarity matrix has to be averaged.

    Args:
        mode: ``concat``, ``sum`` or ``average``. (default: ``concat``)

    Shapes:
        - **input:** by modality [N, D]
        - **output:** [N, M · D], or [N, D] for ``sum``

    Raises:
        ValueError: If the mode is unknown.
    """

    def __init__(self, mode: FuseMode = "concat") -> None:
        super().__init__()
        check(mode in MODES, "mode", f"one of {MODES}", self, mode)
        self.mode: FuseMode = mode

    def forward(self, x: Modalities) -> Tensor:
        views = list(x.values())
        if self.mode == "sum":
            return torch.stack(views).sum(dim=0)  # [M, N, D] -> [N, D]
        if self.mode == "average":
            views = [unit_rows(view) for view in views]
        return torch.cat(views, dim=-1)  # M of [N, D] -> [N, M D]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.mode!r})"
