"""Models: one file each, composed of layers and losses."""

from difflib import get_close_matches
from typing import Any

from pygmmrec.models.bm3 import BM3
from pygmmrec.models.bprmf import BPRMF
from pygmmrec.models.closed.cease import CEASE
from pygmmrec.models.closed.content_knn import ContentKNN
from pygmmrec.models.closed.ease import EASE
from pygmmrec.models.closed.ials import IALS
from pygmmrec.models.closed.item_knn import ItemKNN
from pygmmrec.models.closed.popularity import Popularity
from pygmmrec.models.closed.rp3_beta import RP3Beta
from pygmmrec.models.closed.slim import SLIM
from pygmmrec.models.closed.user_knn import UserKNN
from pygmmrec.models.cohesion import COHESION
from pygmmrec.models.crane import CRANE
from pygmmrec.models.damrs import DAMRS
from pygmmrec.models.dgvae import DGVAE
from pygmmrec.models.diffmm import DiffMM
from pygmmrec.models.dragon import DRAGON
from pygmmrec.models.dualgnn import DualGNN
from pygmmrec.models.freedom import FREEDOM
from pygmmrec.models.grcn import GRCN
from pygmmrec.models.gume import GUME
from pygmmrec.models.lattice import LATTICE
from pygmmrec.models.layergcn import LayerGCN
from pygmmrec.models.lgmrec import LGMRec
from pygmmrec.models.light_gcn import LightGCN
from pygmmrec.models.lightgcl import LightGCL
from pygmmrec.models.lpic import LPIC
from pygmmrec.models.mambarec import MambaRec
from pygmmrec.models.mentor import MENTOR
from pygmmrec.models.mgcn import MGCN
from pygmmrec.models.mmgcf import MMGCF
from pygmmrec.models.mmgcn import MMGCN
from pygmmrec.models.mvgae import MVGAE
from pygmmrec.models.pgl import PGL
from pygmmrec.models.rearm import REARM
from pygmmrec.models.recommender import Recommender
from pygmmrec.models.selfcf import SelfCF
from pygmmrec.models.sgl import SGL
from pygmmrec.models.simgcl import SimGCL
from pygmmrec.models.slmrec import SLMRec
from pygmmrec.models.smore import SMORE
from pygmmrec.models.ultragcn import UltraGCN
from pygmmrec.models.vbpr import VBPR
from pygmmrec.models.xsimgcl import XSimGCL

__all__ = [
    "BM3",
    "BPRMF",
    "CEASE",
    "COHESION",
    "CRANE",
    "DAMRS",
    "DGVAE",
    "DRAGON",
    "EASE",
    "FREEDOM",
    "GRCN",
    "GUME",
    "IALS",
    "LATTICE",
    "LPIC",
    "MENTOR",
    "MGCN",
    "MMGCF",
    "MMGCN",
    "MVGAE",
    "PGL",
    "REARM",
    "SGL",
    "SLIM",
    "SMORE",
    "VBPR",
    "ContentKNN",
    "DiffMM",
    "DualGNN",
    "ItemKNN",
    "LGMRec",
    "LayerGCN",
    "LightGCL",
    "LightGCN",
    "MambaRec",
    "Popularity",
    "RP3Beta",
    "Recommender",
    "SLMRec",
    "SelfCF",
    "SimGCL",
    "UltraGCN",
    "UserKNN",
    "XSimGCL",
]


def __getattr__(name: str) -> Any:
    lower = {known.lower(): known for known in __all__}
    near = get_close_matches(name.lower(), lower, n=1)
    hint = f"Did you mean {lower[near[0]]!r}?" if near else f"It has {', '.join(__all__)}"
    raise AttributeError(f"module {__name__!r} has no model {name!r}. {hint}")
