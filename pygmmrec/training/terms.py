"""The loss of an epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def mean_terms(steps: Sequence[dict[str, Tensor]]) -> dict[str, float]:
    """Mean of each named term over the steps that have it; they are read from the device at once.

    Args:
        steps: The named terms of each step, scalars.
    """
    names = list(dict.fromkeys(name for terms in steps for name in terms))
    if not names:
        return {}
    if all(list(terms) == names for terms in steps):
        means = torch.stack([torch.stack(list(terms.values())) for terms in steps]).mean(
            dim=0
        )  # [S, T] -> [T]
    else:  # some terms have nothing to compare in some batches
        found = ([terms[name] for terms in steps if name in terms] for name in names)
        means = torch.stack([torch.stack(values).mean() for values in found])  # [T]
    return dict(zip(names, means.tolist(), strict=True))


def check_finite(loss: dict[str, float], epoch: int, model: str, lr: float, precision: str) -> None:
    """Raise a :class:`FloatingPointError` if a term of an epoch's loss is NaN or infinite.

    Args:
        loss: The terms.
        epoch: The epoch.
        model: Name of the model.
        lr: Its learning rate.
        precision: In which it trains.
    """
    if all(math.isfinite(value) for value in loss.values()):
        return
    remedy = f"Lower the learning rate, {lr:g}" + (
        "" if precision == "32-true" else ", or train in '32-true'"
    )
    raise FloatingPointError(f"The loss of '{model}' is no longer finite in epoch {epoch} ({loss}). {remedy}")
