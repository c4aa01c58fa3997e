"""Look at a model without leaving a trace."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from weakref import WeakKeyDictionary

import torch
from torch import nn

_lock = Lock()
_lookers: WeakKeyDictionary[nn.Module, tuple[int, dict[nn.Module, bool]]] = WeakKeyDictionary()
"""How many look at a model now, and the training flags of its modules before the first of them came."""


@contextmanager
def eval_mode(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; afterwards each module has its own training flag back.

    Threads may look at one model at a time: it goes back to training when the last one has finished.

    Gradients are off by ``no_grad`` and not by ``inference_mode``: a graph may cache its transpose on first
    use, and a tensor born in inference mode can never take part in training again.

    Args:
        model: The model, whose submodules may have been frozen one by one.
    """
    with _lock:
        number, training = _lookers.get(model, (0, {}))
        if number == 0:
            training = {module: module.training for module in model.modules()}
            model.eval()
        _lookers[model] = number + 1, training
    try:
        with torch.no_grad():
            yield
    finally:
        with _lock:
            number, training = _lookers[model]
            _lookers[model] = number - 1, training
            if number == 1:
                del _lookers[model]
                for module, flag in training.items():
                    module.training = flag
