"""Feature transforms ahead of the GNN stack: from ``Modalities`` to ``Modalities``."""

from pygmmrec.nn.feature.coordinate_attention import CoordinateAttention
from pygmmrec.nn.feature.denoiser import Denoiser
from pygmmrec.nn.feature.disentangled_tower import DisentangledTower
from pygmmrec.nn.feature.dream import DREAM
from pygmmrec.nn.feature.mask_modality import MaskModality
from pygmmrec.nn.feature.modality_mlp import ModalityMLP
from pygmmrec.nn.feature.multi_scale import MultiScale
from pygmmrec.nn.feature.noise_schedule import NoiseSchedule
from pygmmrec.nn.feature.prompt_attention import PromptAttention
from pygmmrec.nn.feature.purify import Purify
from pygmmrec.nn.feature.rca import RCA
from pygmmrec.nn.feature.reduce import Reduce
from pygmmrec.nn.feature.relation_attention import RelationAttention
from pygmmrec.nn.feature.scalar_attention import ScalarAttention
from pygmmrec.nn.feature.sign_noise import SignNoise
from pygmmrec.nn.feature.spectral_filter import SpectralFilter
from pygmmrec.nn.feature.squeeze_attention import SqueezeAttention
from pygmmrec.nn.feature.user_profile import UserProfile

__all__ = [
    "DREAM",
    "RCA",
    "CoordinateAttention",
    "Denoiser",
    "DisentangledTower",
    "MaskModality",
    "ModalityMLP",
    "MultiScale",
    "NoiseSchedule",
    "PromptAttention",
    "Purify",
    "Reduce",
    "RelationAttention",
    "ScalarAttention",
    "SignNoise",
    "SpectralFilter",
    "SqueezeAttention",
    "UserProfile",
]
