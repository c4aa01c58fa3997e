"""What one round of Recursive Cross-modal Attention learns."""

import torch
from torch import nn
from torch_geometric.nn.inits import glorot, zeros


class RCAWeights(nn.Module):
    """The weights of one round of :class:`~pygmmrec.nn.RCA`, for M modalities of size D.

    Args:
        num_modalities: M.
        channels: D.
        start_as_identity: Whether W_h starts at zero, so that the round changes nothing until it learns to.
            (default: ``False``)
    """

    def __init__(self, num_modalities: int, channels: int, *, start_as_identity: bool = False) -> None:
        super().__init__()
        self.start_as_identity = start_as_identity
        joint = num_modalities * channels
        self.joint = nn.Parameter(torch.empty(joint, joint))  # W_tr
        self.bias = nn.Parameter(torch.empty(joint))  # b_tr
        self.query = nn.Parameter(torch.empty(num_modalities, joint, channels))  # W_m
        self.value = nn.Parameter(torch.empty(num_modalities, channels, channels))  # W_c
        self.out = nn.Parameter(torch.empty(num_modalities, channels, channels))  # W_h
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights from Glorot's uniform distribution; the bias starts at zero."""
        for weight in (self.joint, self.query, self.value, self.out):
            glorot(weight)
        zeros(self.bias)
        if self.start_as_identity:
            zeros(self.out)
