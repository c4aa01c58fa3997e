"""What a run of a closed form does otherwise: it fits in one pass, and has no use for some options."""

from __future__ import annotations

import logging
from dataclasses import fields, replace

from pygmmrec.models.closed.closed_form import ClosedForm
from pygmmrec.models.recommender import Recommender
from pygmmrec.training.options import Options

logger = logging.getLogger(__name__)

OF_STEPS = frozenset(
    ("epochs", "batch_size", "lr", "patience", "precision", "optimizer", "scheduler",
     "param_groups", "weight_decay", "clip_norm", "start_from")
)  # fmt: skip
"""Options of what is trained step by step."""


def usable(model: Recommender, options: Options) -> Options:
    """The options without those that a closed form cannot use; a warning names what was asked for in vain.

    Args:
        model: The model. Nothing happens where it is no closed form.
        options: As they were given, left alone.
    """
    if not isinstance(model, ClosedForm):
        return options
    defaults = {field.name: field.default for field in fields(Options) if field.name in OF_STEPS}
    unused = [name for name, default in defaults.items() if getattr(options, name) != default]
    if unused:
        name, told = type(model).__name__, ", ".join(sorted(unused))
        logger.warning("%s is fitted in one pass and has no use for: %s", name, told)
    return replace(options, start_from=None)
