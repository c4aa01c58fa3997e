"""What a trial may cost."""

from __future__ import annotations

from dataclasses import dataclass

from pygmmrec.utils.check import check


@dataclass(frozen=True)
class Budget:
    """What each trial may cost, the same for all models.

    Args:
        epochs: Most epochs; ``None`` leaves it to the preset.
        seconds: Seconds of training, validation not counted, after which no epoch begins.
    """

    epochs: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        check(self.epochs is None or self.epochs >= 1, "epochs", "at least 1", self, self.epochs)
        check(self.seconds is None or self.seconds > 0, "seconds", "positive", self, self.seconds)
