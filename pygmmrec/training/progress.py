"""How far training has come: a bar on a terminal, lines of the log elsewhere."""

from __future__ import annotations

import logging

from tqdm.auto import tqdm

logger = logging.getLogger(__name__)


class Progress:
    """Shows steps and epochs.

    Args:
        name: What is trained.
        num_steps: Steps to come.
        show: Whether to show a bar on a terminal; elsewhere, and if not, epochs are logged.
    """

    def __init__(self, name: str, num_steps: int, show: bool) -> None:
        self._bar = tqdm(total=num_steps, desc=name, unit="step", disable=None if show else True)

    def steps(self, number: int = 1) -> None:
        """So many steps are done."""
        self._bar.update(number)

    def epoch(self, number: int, loss: dict[str, float], valid: dict[str, float], improved: bool) -> None:
        """An epoch is done.

        Args:
            number: The epoch.
            loss: Its mean terms.
            valid: The metric that chooses the epoch, if there is one.
            improved: Whether it is the best so far.
        """
        terms = {name: f"{mean:.4g}" for name, mean in loss.items()}
        metric = {name: f"{value:.4f}" for name, value in valid.items()}
        self._bar.set_postfix({"epoch": str(number), **terms, **metric})
        if self._bar.disable:
            line = [f"{name} {mean}" for name, mean in terms.items()]
            line += [f"valid {name} {value}" for name, value in metric.items()]
            logger.info("epoch %d: %s%s", number, ", ".join(line), " *" if improved else "")

    def close(self) -> None:
        """Nothing more is to come."""
        self._bar.close()
