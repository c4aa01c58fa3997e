"""Look at a model without leaving a trace."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; afterwards each module has its own training flag back.

    Gradients are off by ``no_grad`` and not by ``inference_mode``: a graph may cache its transpose on first
    use, and a tensor born in inference mode can never take part in training again.

    Args:
        model: The model, whose submodules may have been frozen one by one.
    """
    training = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, flag in training.items():
            module.training = flag
