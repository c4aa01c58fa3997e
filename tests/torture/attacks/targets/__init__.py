"""The kinds of files that are damaged: one file each, with an independent reading of what it says."""

from attacks.campaign import Target
from attacks.targets.cache import CacheFile
from attacks.targets.columns import PerPairFile, PerUserFile
from attacks.targets.matrix import MatrixFile
from attacks.targets.result import ResultFile
from attacks.targets.state import StateFile
from attacks.targets.table import TableFile
from attacks.targets.weights import WeightsFile

TARGETS: tuple[type[Target], ...] = (
    TableFile,
    MatrixFile,
    PerUserFile,
    PerPairFile,
    ResultFile,
    WeightsFile,
    StateFile,
    CacheFile,
)
"""All of them."""
