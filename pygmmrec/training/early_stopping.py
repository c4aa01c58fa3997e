"""When to stop."""

from __future__ import annotations

from typing import Any

from pygmmrec.utils.check import check_integer


class EarlyStopping:
    """Remembers the best epoch, and says when it lies too far back.

    Args:
        patience: Validations without a new best after which training stops.
    """

    def __init__(self, patience: int) -> None:
        self.patience = check_integer(patience, "patience", self, at_least=1)
        self.best_epoch = 0
        self.best_value = float("-inf")
        self.waited = 0

    @property
    def should_stop(self) -> bool:
        """Whether patience has run out."""
        return self.waited >= self.patience

    def update(self, epoch: int, value: float) -> bool:
        """Take in the value of an epoch; true if it is the best so far (an equal one is not)."""
        if value > self.best_value:
            self.best_epoch, self.best_value, self.waited = epoch, value, 0
            return True
        self.waited += 1
        return False

    def state_dict(self) -> dict[str, Any]:
        """All that changes."""
        return {"best_epoch": self.best_epoch, "best_value": self.best_value, "waited": self.waited}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from :meth:`state_dict`."""
        self.best_epoch, self.best_value, self.waited = (
            state["best_epoch"],
            state["best_value"],
            state["waited"],
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(patience={self.patience})"
