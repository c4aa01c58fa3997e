"""What is nice to have beside a result, and may fail without harm to it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor

from pygmmrec.evaluation.evaluate import SeesLists

logger = logging.getLogger(__name__)


@contextmanager
def optional_part(what: str) -> Iterator[None]:
    """Turn a failure into a logged warning.

    Args:
        what: What is missing then.
    """
    try:
        yield
    except Exception as error:
        logger.warning("No %s: %s: %s", what, type(error).__name__, error, exc_info=True)


class OptionalLook:
    """Passes lists on, until that fails: then a warning is logged, and the scoring goes on without.

    Args:
        look: What sees the lists.
        what: What is missing if it fails.
    """

    def __init__(self, look: SeesLists, what: str) -> None:
        self.look = look
        self.what = what
        self.failed = False

    def update(self, user: Tensor, item: Tensor, row: Tensor, held_out: Tensor, /) -> None:
        """Take in the lists of a block of users."""
        if self.failed:
            return
        self.failed = True
        with optional_part(self.what):
            self.look.update(user, item, row, held_out)
            self.failed = False
