"""Features filtered by frequency, each modality by itself and all of them fused."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.graph.modalities import check_modalities
from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check, check_integer


class SpectralFilter(nn.Module):
    r"""The spectrum modality fusion of SMORE (`arXiv 2412.14978 <https://arxiv.org/abs/2412.14978>`_): in the
    frequencies of the features, a product of modalities is their convolution, and noise can be filtered out.

    .. math::
        G_m = \mathrm{rFFT}(x_m), \qquad c_m = \mathrm{irFFT}(G_m \odot w_m), \qquad
        c_f = \mathrm{irFFT}\Big( w_f \odot \prod_m G_m \Big)

    Transforms are along the D features and orthonormal; w are complex, one for each frequency. An item that
    lacks a modality leaves it out of its product.

    Args:
        modalities: Names of the modalities.
        channels: D.
        fused: What the result calls :math:`c_f`. (default: ``fused``)

    Shapes:
        - **input:** by modality [I, D]; masks, bool [I], of the modalities that some items lack
        - **output:** by modality, and fused, [I, D]

    Raises:
        ValueError: If there is no modality, one has the name of the fused features, ``channels`` is smaller
            than one, or the input lacks a modality.

    Differences: the imaginary parts of the first frequency, and of the last one where D is even, do nothing;
        the released code has them, and here they are no weights.
    """

    def __init__(self, modalities: Sequence[str], channels: int, *, fused: str = "fused") -> None:
        super().__init__()
        check(len(modalities) > 0, "modalities", "at least one name", self, list(modalities))
        check(fused not in modalities, "modalities", f"other names than {fused!r}", self, list(modalities))
        self.modalities = list(modalities)
        self.channels = check_integer(channels, "channels", self, at_least=1)
        self.fused = fused
        names = [*self.modalities, fused]
        num_real, num_imaginary = channels // 2 + 1, (channels - 1) // 2
        self.real = nn.ParameterDict({name: nn.Parameter(torch.empty(num_real)) for name in names})
        self.imaginary = nn.ParameterDict({name: nn.Parameter(torch.empty(num_imaginary)) for name in names})
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw both parts from the normal distribution."""
        for weight in self.parameters():
            nn.init.normal_(weight)

    def forward(self, x: Modalities, available: Modalities) -> Modalities:
        check_modalities(x, dict.fromkeys(self.modalities, self.channels), self)
        spectra = {name: torch.fft.rfft(x[name], norm="ortho") for name in self.modalities}  # [I, D / 2 + 1]
        out = {name: self._filtered(spectrum, name) for name, spectrum in spectra.items()}
        for name in available.keys() & spectra.keys():
            spectra[name] = spectra[name].masked_fill(~available[name].unsqueeze(-1), 1.0)
        first, *others = spectra.values()
        for spectrum in others:
            first = first * spectrum
        return {**out, self.fused: self._filtered(first, self.fused)}

    def _filtered(self, spectrum: Tensor, name: str) -> Tensor:
        real, imaginary = self.real[name], self.imaginary[name]
        around = (1, real.numel() - 1 - imaginary.numel())  # the first, and the last where D is even
        weight = torch.complex(real, F.pad(imaginary, around))
        out: Tensor = torch.fft.irfft(spectrum * weight, n=self.channels, norm="ortho")
        return out  # [I, D / 2 + 1] -> [I, D]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.modalities}, {self.channels}, fused={self.fused!r})"
