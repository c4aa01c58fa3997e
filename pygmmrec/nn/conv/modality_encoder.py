"""Modalities on the user-item graph, from users' preferences and what an MLP makes of features."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.kernels.sparse.spmm import AdjLike, as_adj, spmm
from pygmmrec.nn.feature.modality_mlp import ModalityMLP
from pygmmrec.nn.feature.sign_noise import SignNoise
from pygmmrec.typing import Embeddings, Modalities
from pygmmrec.utils.check import check_integer


class ModalityEncoder(nn.Module):
    r"""The encoder of MENTOR (`arXiv 2402.19407 <https://arxiv.org/abs/2402.19407>`_): the layers of each
    modality add up, and each may pass on noise.

    .. math::
        z_m^{(0)} = [\bar{P}_m; \bar{f}_m], \qquad z_m^{(l + 1)} = n(\hat{A} z_m^{(l)}), \qquad
        z_m = \sum_{l=0}^{L} z_m^{(l)}

    :math:`f_m` is that of :class:`~pygmmrec.nn.ModalityMLP`, and :math:`P_m` are free preferences of users;
    the bar scales rows to length one. n is :class:`~pygmmrec.nn.SignNoise`, which adds nothing in evaluation
    mode. All modalities are propagated at once. An item that lacks a modality starts with zeros there.

    Args:
        num_users: Number of users U.
        in_channels: Feature size :math:`F_m` by modality.
        channels: D.
        hidden_channels: Size inside of the MLP.
        num_layers: L, at least 0. (default: ``2``)
        eps: Length of the noise; 0 for none. (default: ``0.0``)

    Shapes:
        - **input:** features by modality [I, :math:`F_m`]; masks, bool [I], of the modalities that some items
          lack; graph to items, sparse [I, U]
        - **output:** :class:`~pygmmrec.typing.Embeddings` of [U, M, D] and [I, M, D]

    Raises:
        ValueError: If there is no modality, or an argument is out of range.
    """

    def __init__(
        self,
        num_users: int,
        in_channels: Mapping[str, int],
        channels: int,
        hidden_channels: int,
        *,
        num_layers: int = 2,
        eps: float = 0.0,
    ) -> None:
        super().__init__()
        self.num_layers = check_integer(num_layers, "num_layers", self, at_least=0)
        self.project = ModalityMLP(in_channels, hidden_channels, channels)
        free = {name: nn.Parameter(torch.empty(num_users, channels)) for name in in_channels}
        self.preference = nn.ParameterDict(free)
        self.noise = SignNoise(eps)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all weights again."""
        self.project.reset_parameters()
        for weight in self.preference.values():
            nn.init.xavier_normal_(weight)

    def forward(self, x: Modalities, available: Modalities, adj: AdjLike) -> Embeddings:
        features = self.project(x, available)  # [I, F_m] -> [I, D]
        user = torch.stack([unit_rows(self.preference[name]) for name in features], dim=1)  # [U, M, D]
        item = torch.stack([unit_rows(f) for f in features.values()], dim=1).to(user.dtype)  # [I, M, D]
        to_item = as_adj(adj, None, size=(user.size(0), item.size(0)))
        to_user, users, items = to_item.t(), [user], [item]
        for _ in range(self.num_layers):
            next_user, next_item = self._step(to_user, items[-1]), self._step(to_item, users[-1])
            users.append(self.noise(next_user))
            items.append(self.noise(next_item))
        return Embeddings(torch.stack(users).sum(dim=0), torch.stack(items).sum(dim=0))

    @staticmethod
    def _step(adj: AdjLike, x: Tensor) -> Tensor:
        return spmm(adj, x.flatten(1)).view(-1, *x.shape[1:])  # [N, M D] -> [N', M, D]
