"""The processes of a run, as torchrun starts them."""

from __future__ import annotations

import os

from pygmmrec.utils.check import check


def check_one_process(where: object) -> None:
    """Whether this process trains alone, which several that a launcher started do not.

    Raises:
        ValueError: If ``WORLD_SIZE`` says that there are others.
    """
    processes = os.environ.get("WORLD_SIZE", "1")
    remedy = "Each process would train a model of its own: start one, or unset WORLD_SIZE"
    check(processes == "1", "WORLD_SIZE", "1, in the environment,", where, processes, remedy)
