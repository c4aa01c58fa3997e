"""Torch's global generators: whether somebody seeded them, and how to leave them as they were."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import Tensor

_AT_IMPORT = torch.initial_seed()

SMALL = 2**32
"""Seeds that people give are below it; the one that torch draws for itself, of 53 or 64 bits, hardly ever."""


class RandomState(NamedTuple):
    """The state of torch's global generators; those of CUDA only where CUDA is in use."""

    cpu: Tensor
    cuda: list[Tensor]


def is_seeded() -> bool:
    """Whether somebody seeded torch's global generator, as :func:`torch.manual_seed` does.

    Torch does not say. A process that nobody seeded starts from a large number of the system's, which never
    changes. So a seed of 2**32 or more that was set before this package was imported is not noticed.
    """
    seed = torch.initial_seed()
    return seed < SMALL or seed != _AT_IMPORT


def random_state() -> RandomState:
    """How the generators are now."""
    used = torch.cuda.is_available() and torch.cuda.is_initialized()
    return RandomState(torch.get_rng_state(), torch.cuda.get_rng_state_all() if used else [])


def set_random_state(state: RandomState) -> None:
    """Put the generators back to :func:`random_state`."""
    torch.set_rng_state(state.cpu)
    if len(state.cuda) == torch.cuda.device_count() > 0:
        torch.cuda.set_rng_state_all(state.cuda)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from a seed; afterwards torch's global generators are as they were."""
    before = random_state()
    torch.manual_seed(seed)
    try:
        yield
    finally:
        set_random_state(before)
