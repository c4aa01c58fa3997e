"""The loss of an epoch."""

from __future__ import annotations

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
        means = torch.stack([torch.stack(list(terms.values())) for terms in steps]).mean(dim=0)  # [S, T] -> [T]
    else:  # some terms have nothing to compare in some batches
        found = ([terms[name] for terms in steps if name in terms] for name in names)
        means = torch.stack([torch.stack(values).mean() for values in found])  # [T]
    return dict(zip(names, means.tolist(), strict=True))
