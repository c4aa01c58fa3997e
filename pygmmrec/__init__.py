"""Graph learning for multimodal recommendation: Graph -> Features -> Propagate -> Rank.

Importing this package loads nothing heavy; each room is imported by its own name, for example
``from pygmmrec.models import CRANE``.
"""

__version__ = "0.1.0"

__all__ = ["__version__"]
