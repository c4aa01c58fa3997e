"""Learned tokens that a node asks besides what is known of it."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from pygmmrec.utils.check import check, check_integer


class PromptAttention(nn.Module):
    r"""Let each node attend to prompts, which all nodes share, and to one token of its own.

    .. math::
        a = \mathrm{softmax}\big( q^\top [p_1, \dots, p_n, c] / \sqrt{D} \big), \qquad
        q + \sum_j a_j p_j + a_{n+1} c

    Prompts :math:`p_j` are learned. It is how :class:`~pygmmrec.models.LPIC` turns one embedding of a user
    into one for each modality.

    Args:
        channels: D.
        num_prompts: n. (default: ``4``)

    Shapes:
        - **input:** queries q [N, D]; tokens c [N, D]; optionally which nodes have a token, bool [N]
        - **output:** [N, D]

    Raises:
        ValueError: If a size is smaller than one, or the tokens are of another shape than the queries.
    """

    def __init__(self, channels: int, *, num_prompts: int = 4) -> None:
        super().__init__()
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.num_prompts = check_integer(num_prompts, "num_prompts", self, at_least=1)
        self.prompt = nn.Parameter(torch.empty(num_prompts, channels))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw prompts from Glorot's normal distribution."""
        nn.init.xavier_normal_(self.prompt)

    def forward(self, query: Tensor, token: Tensor, available: Tensor | None = None) -> Tensor:
        shape = list(query.shape)
        check(list(token.shape) == shape, "token", f"of shape {shape}", self, list(token.shape))
        own = (query * token).sum(dim=-1, keepdim=True)  # [N, D] -> [N, 1]
        if available is not None:
            own = own.masked_fill(~available.unsqueeze(-1), -torch.inf)
        logits = torch.cat([query @ self.prompt.t(), own], dim=-1)  # [N, n + 1]
        share = (logits / self.channels**0.5).softmax(dim=-1)
        out: Tensor = query + share[:, :-1] @ self.prompt + share[:, -1:] * token
        return out

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.channels}, num_prompts={self.num_prompts})"
