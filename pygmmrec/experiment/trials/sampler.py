"""Who proposes settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from optuna.samplers import BaseSampler, RandomSampler, TPESampler

from pygmmrec.utils.check import check

Sampler: TypeAlias = str | Callable[[int], BaseSampler]
"""``tpe``, ``random``, or what makes a sampler of Optuna from a seed."""

SAMPLERS: dict[str, Callable[[int], BaseSampler]] = {
    # Workers that ask at the same time take the trials of each other for bad ones, and so look elsewhere.
    "tpe": lambda seed: TPESampler(seed=seed, constant_liar=True),
    "random": lambda seed: RandomSampler(seed=seed),
}


def make_sampler(sampler: Sampler, *seed: int) -> BaseSampler:
    """A sampler whose numbers are those of a seed of several parts."""
    if isinstance(sampler, str):
        check(sampler in SAMPLERS, "sampler", f"one of {list(SAMPLERS)}, or a function", "search", sampler)
        sampler = SAMPLERS[sampler]
    return sampler(int(np.random.SeedSequence(seed).generate_state(1)[0]))


def sampler_name(sampler: Sampler) -> str:
    """What a sampler is called in the identity of a search."""
    return sampler if isinstance(sampler, str) else type(make_sampler(sampler, 0)).__name__
