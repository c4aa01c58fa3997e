"""Data sets that give one :class:`~torch_geometric.data.HeteroData` each: ``dataset[0]``."""

from pygmmrec.datasets.amazon import Amazon
from pygmmrec.datasets.interaction_folder import InteractionFolder
from pygmmrec.datasets.lastfm_2k import LastFM2K
from pygmmrec.datasets.load import load_dataset
from pygmmrec.datasets.movielens import MovieLens
from pygmmrec.datasets.read import read
from pygmmrec.datasets.synthetic import SyntheticMultimodal
from pygmmrec.datasets.tiktok import TikTok

__all__ = [
    "Amazon",
    "InteractionFolder",
    "LastFM2K",
    "MovieLens",
    "SyntheticMultimodal",
    "TikTok",
    "load_dataset",
    "read",
]
