"""How much users and items belong to hyperedges, learned from features."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn

from pygmmrec.graph.modalities import zero_missing
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn.feature.reduce import Reduce
from pygmmrec.nn.feature.user_profile import UserProfile
from pygmmrec.typing import Embeddings, Modalities
from pygmmrec.utils.check import check, check_integer, check_number

Noise: TypeAlias = Literal["training", "always", "never"]
NOISES = ("training", "always", "never")


class SoftIncidence(nn.Module):
    r"""The hyperedges of LGMRec (`arXiv 2312.16400 <https://arxiv.org/abs/2312.16400>`_): attributes that
    items share in a modality, and users by way of their items.

    .. math::
        H_i^m = \mathrm{softmax}\Big( \frac{x_m V_m + g}{\tau} \Big), \qquad
        H_u^m = \mathrm{softmax}\Big( \frac{R \, x_m V_m + g'}{\tau} \Big)

    over K hyperedges. :math:`R` is 1 where a user has an item; :math:`g, g'` are Gumbel noise, so that a row
    is close to a draw of one hyperedge.

    Args:
        in_channels: Feature size :math:`F_m` by modality.
        num_hyperedges: K.
        temperature: :math:`\tau`. (default: ``0.2``)
        noise: Whether there is noise in ``training`` mode only, ``always`` or ``never``.
            (default: ``training``)

    Shapes:
        - **input:** features by modality [I, :math:`F_m`]; :class:`~.Adj` [U, I] with
          weights of one; optionally, by modality, which items have it, bool [I]: the others belong to no
          hyperedge
        - **output:** by modality, :class:`~pygmmrec.typing.Embeddings` of [U, K] and [I, K]

    Raises:
        ValueError: If an argument is out of range, or the input lacks a modality or has another size.

    Differences: the released code draws noise in evaluation as well, ``noise="always"``, so that a trained
        model's scores change from call to call.
    """

    def __init__(
        self,
        in_channels: Mapping[str, int],
        num_hyperedges: int,
        *,
        temperature: float = 0.2,
        noise: Noise = "training",
    ) -> None:
        super().__init__()
        check(noise in NOISES, "noise", f"one of {NOISES}", self, noise)
        self.in_channels = dict(in_channels)
        self.num_hyperedges = check_integer(num_hyperedges, "num_hyperedges", self, at_least=1)
        self.temperature = check_number(temperature, "temperature", self, above=0)
        self.noise: Noise = noise
        self.project = Reduce(in_channels, num_hyperedges)
        self.gather = UserProfile("sum")

    def reset_parameters(self) -> None:
        """Draw all weights again."""
        self.project.reset_parameters()

    def forward(
        self, x: Modalities, to_user: Adj, available: Modalities | None = None
    ) -> dict[str, Embeddings]:
        available = available or {}
        logits = zero_missing(self.project(x), available)  # [I, F_m] -> [I, K]
        users = {name: self._soften(self.gather(logit, to_user)) for name, logit in logits.items()}
        items = zero_missing({name: self._soften(logit) for name, logit in logits.items()}, available)
        return {name: Embeddings(users[name], items[name]) for name in logits}

    def _soften(self, logit: Tensor) -> Tensor:
        if self.noise == "always" or (self.noise == "training" and self.training):
            logit = logit - torch.empty_like(logit).exponential_().log()
        return (logit / self.temperature).softmax(dim=-1)

    def __repr__(self) -> str:
        options = f"temperature={self.temperature}, noise={self.noise!r}"
        return f"{type(self).__name__}({self.in_channels}, {self.num_hyperedges}, {options})"
