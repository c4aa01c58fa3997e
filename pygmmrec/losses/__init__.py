"""Losses: a function and a thin module each."""

from pygmmrec.losses.bootstrap import BootstrapLoss, bootstrap_loss
from pygmmrec.losses.bpr import BPRLoss, bpr_loss
from pygmmrec.losses.full_nce import FullNCELoss, full_nce_loss
from pygmmrec.losses.info_nce import InfoNCELoss, info_nce_loss
from pygmmrec.losses.l2 import L2Loss, l2_loss
from pygmmrec.losses.mmd import MMDLoss, mmd_loss

__all__ = [
    "BPRLoss",
    "BootstrapLoss",
    "FullNCELoss",
    "InfoNCELoss",
    "L2Loss",
    "MMDLoss",
    "bootstrap_loss",
    "bpr_loss",
    "full_nce_loss",
    "info_nce_loss",
    "l2_loss",
    "mmd_loss",
]
