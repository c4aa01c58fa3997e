"""Feature transforms ahead of the GNN stack: from ``Modalities`` to ``Modalities``."""

from pygmmrec.nn.feature.rca import RCA
from pygmmrec.nn.feature.reduce import Reduce
from pygmmrec.nn.feature.user_profile import UserProfile

__all__ = ["RCA", "Reduce", "UserProfile"]
