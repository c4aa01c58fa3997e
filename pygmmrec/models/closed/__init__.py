"""Models that are fitted in one pass over the training edges, without a loss, and their base class."""

from pygmmrec.models.closed.closed_form import ClosedForm

__all__ = ["ClosedForm"]
