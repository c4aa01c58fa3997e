"""The kinds of files that are damaged: one file each, with an independent reading of what it says."""

from attacks.campaign import Target
from attacks.targets.bundle import (
    BundleGraph,
    BundleIds,
    BundleManifest,
    BundleTensors,
    BundleWeights,
)
from attacks.targets.cache import CacheFile
from attacks.targets.columns import PerPairFile, PerUserFile
from attacks.targets.features import ArchiveFile, ColumnarFile, SafeFile, TorchFile
from attacks.targets.matrix import MatrixFile
from attacks.targets.result import ResultFile
from attacks.targets.sidecar import MadeFeatures, MadeIds, MadeSidecar
from attacks.targets.state import StateFile
from attacks.targets.table import TableFile
from attacks.targets.typed_table import FeatherTableFile, LinesTableFile, ParquetTableFile
from attacks.targets.weights import WeightsFile

TARGETS: tuple[type[Target], ...] = (
    TableFile,
    ParquetTableFile,
    FeatherTableFile,
    LinesTableFile,
    MatrixFile,
    TorchFile,
    ArchiveFile,
    SafeFile,
    ColumnarFile,
    PerUserFile,
    PerPairFile,
    MadeFeatures,
    MadeIds,
    MadeSidecar,
    ResultFile,
    WeightsFile,
    StateFile,
    BundleManifest,
    BundleWeights,
    BundleGraph,
    BundleTensors,
    BundleIds,
    CacheFile,
)
"""All of them."""
