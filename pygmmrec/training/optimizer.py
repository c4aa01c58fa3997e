"""The optimiser of a model's weights."""

from __future__ import annotations

import logging
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import nn

logger = logging.getLogger(__name__)


def set_up(model: nn.Module, fabric: Fabric, lr: float) -> Any:
    """Move a model to the device of ``fabric``, and make Adam for its weights.

    Args:
        model: The model.
        fabric: Device and precision.
        lr: Learning rate.

    Returns:
        The optimiser; ``None``, with a warning, where no weight is to be trained.
    """
    if not any(parameter.requires_grad for parameter in model.parameters()):
        logger.warning("%s has no weight to train: it is scored as it is", type(model).__name__)
        model.to(fabric.device)
        return None
    _, optimizer = fabric.setup(model, torch.optim.Adam(model.parameters(), lr=lr, fused=True))
    return optimizer
