"""Losses: a function and a thin module each."""

from pygmmrec.losses.agreement import AgreementLoss, agreement_loss
from pygmmrec.losses.balanced_bpr import BalancedBPRLoss, balanced_bpr_loss
from pygmmrec.losses.bootstrap import BootstrapLoss, bootstrap_loss
from pygmmrec.losses.bpr import BPRLoss, bpr_loss
from pygmmrec.losses.denoised_bpr import DenoisedBPRLoss, denoised_bpr_loss
from pygmmrec.losses.denoising import DenoisingLoss, denoising_loss, injection_loss
from pygmmrec.losses.factor_contrast import FactorContrastLoss, factor_contrast_loss
from pygmmrec.losses.full_nce import FullNCELoss, full_nce_loss
from pygmmrec.losses.info_nce import InfoNCELoss, info_nce_loss
from pygmmrec.losses.kl import KLLoss, kl_loss
from pygmmrec.losses.l2 import L2Loss, l2_loss
from pygmmrec.losses.mmd import MMDLoss, mmd_loss
from pygmmrec.losses.moment import MomentLoss, moment_loss
from pygmmrec.losses.multinomial import MultinomialLoss, multinomial_loss
from pygmmrec.losses.orthogonality import OrthogonalityLoss, orthogonality_loss
from pygmmrec.losses.pseudo_label import PseudoLabelLoss, pseudo_label_loss

__all__ = [
    "AgreementLoss",
    "BPRLoss",
    "BalancedBPRLoss",
    "BootstrapLoss",
    "DenoisedBPRLoss",
    "DenoisingLoss",
    "FactorContrastLoss",
    "FullNCELoss",
    "InfoNCELoss",
    "KLLoss",
    "L2Loss",
    "MMDLoss",
    "MomentLoss",
    "MultinomialLoss",
    "OrthogonalityLoss",
    "PseudoLabelLoss",
    "agreement_loss",
    "balanced_bpr_loss",
    "bootstrap_loss",
    "bpr_loss",
    "denoised_bpr_loss",
    "denoising_loss",
    "factor_contrast_loss",
    "full_nce_loss",
    "info_nce_loss",
    "injection_loss",
    "kl_loss",
    "l2_loss",
    "mmd_loss",
    "moment_loss",
    "multinomial_loss",
    "orthogonality_loss",
    "pseudo_label_loss",
]
