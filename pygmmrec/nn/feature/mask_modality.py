"""One modality of each node hidden at random."""

import torch
from torch import Tensor, nn

from pygmmrec.utils.check import check


class MaskModality(nn.Module):
    """Hide one modality of each node, all of them equally likely: the feature masking of SLMRec (`TMM 2022
    <https://doi.org/10.1109/TMM.2022.3187556>`_). Two draws are two views of a node for contrast.

    Nodes draw for themselves. In evaluation mode nothing is hidden.

    Shapes:
        - **input:** modalities side by side [N, M, D], of which an embedding may be one
        - **output:** [N, M, D], with zeros in one of the M rows of each node

    Raises:
        ValueError: If there are fewer than two modalities, so that nothing would be left.
    """

    def forward(self, x: Tensor) -> Tensor:
        fits = x.dim() == 3 and x.size(1) >= 2
        check(fits, "x", "[N, M, D] with at least 2 modalities", self, list(x.shape))
        if not self.training:
            return x
        drawn = torch.randint(x.size(1), (x.size(0), 1), device=x.device)  # [N, 1]
        hidden = drawn == torch.arange(x.size(1), device=x.device)  # [N, M]
        return x.masked_fill(hidden.unsqueeze(-1), 0.0)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
