"""Raw features to embedding size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch.nn.functional as F
from torch import Tensor, nn

from pygmmrec.graph.modalities import check_modalities
from pygmmrec.graph.precision import HALF, full_precision
from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check, check_integer


class Reduce(nn.Module):
    r"""Project each modality linearly: :math:`X_m W_m`.

    Without a bias, projection and summation over neighbours commute, so that a user's profile of projected
    items is the projected profile of raw items.

    With ``hidden_channels`` a matrix is a product of two, :math:`W_m = W_m' W_m''`, with a smaller size
    between them and nothing else. So they are multiplied with each other first, and with the features once.

    Args:
        in_channels: Feature size :math:`F_m` by modality.
        out_channels: Size D of all modalities.
        bias: Whether to add a bias, in both steps where there are two. (default: ``False``)
        hidden_channels: Size between the two steps, of the modalities that have two. (default: ``None``)

    Shapes:
        - **input:** by modality [..., :math:`F_m`], which may be stored in half precision
        - **output:** by modality [..., D]

    Raises:
        ValueError: If there is no modality, a size is smaller than one, ``hidden_channels`` has a modality
            that ``in_channels`` lacks, or the input lacks one or has another size.
    """

    def __init__(
        self,
        in_channels: Mapping[str, int],
        out_channels: int,
        *,
        bias: bool = False,
        hidden_channels: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__()
        check(len(in_channels) > 0, "in_channels", "a mapping with at least one modality", self, in_channels)
        hidden = dict(hidden_channels or {})
        known = set(hidden) <= set(in_channels)
        wanted = f"positive sizes of modalities among {list(in_channels)}"
        check(known and all(size >= 1 for size in hidden.values()), "hidden_channels", wanted, self, hidden)
        for name, size in hidden.items():
            hidden[name] = check_integer(size, f"hidden_channels[{name!r}]", self, at_least=1)
        for name, size in in_channels.items():
            check_integer(size, f"in_channels[{name!r}]", self, at_least=1)
        self.in_channels = dict(in_channels)
        self.out_channels = check_integer(out_channels, "out_channels", self, at_least=1)
        self.bias = bias
        self.hidden_channels = hidden
        self.hidden = nn.ModuleDict(
            {name: nn.Linear(in_channels[name], size, bias=bias) for name, size in hidden.items()}
        )
        self.lins = nn.ModuleDict(
            {
                name: nn.Linear(hidden.get(name, size), out_channels, bias=bias)
                for name, size in in_channels.items()
            }
        )
        self.reset_parameters()

    @classmethod
    def shared(
        cls,
        in_channels: Mapping[str, int],
        ratio: int,
        *,
        bias: bool = False,
        data_channels: Mapping[str, int] | None = None,
    ) -> Reduce:
        r"""All modalities to the size :math:`\lfloor \min_m F_m / r \rfloor`, at least one (eq. 12 and 13 of
        MambaRec, `arXiv 2509.09114 <https://arxiv.org/abs/2509.09114>`_).

        The smallest is that of ``data_channels`` too, the sizes of all modalities of the data: one of them
        alone is then reduced as far as beside the others.
        """
        check_integer(ratio, "ratio", "Reduce.shared", at_least=1)
        smallest = min([*(data_channels or {}).values(), *in_channels.values()], default=1)
        return cls(in_channels, max(smallest // ratio, 1), bias=bias)

    @classmethod
    def by_ratio(
        cls,
        in_channels: Mapping[str, int],
        out_channels: int,
        ratio: int | Mapping[str, int],
        *,
        bias: bool = False,
        data_channels: Mapping[str, int] | None = None,
    ) -> Reduce:
        r"""Modalities in two steps, by way of the size :math:`\lfloor F_m / r_m \rfloor`, at least one.

        A mapping has the ratios of some modalities. One number is the ratio of the widest, as the released
        code of MambaRec reduces images only: the widest of the data, where ``data_channels`` says the sizes
        of all its modalities. The others take one step.
        """
        if isinstance(ratio, Mapping):
            ratios = dict(ratio)
        else:
            check_integer(ratio, "ratio", "Reduce.by_ratio", at_least=1)
            widest = max([*(data_channels or {}).values(), *in_channels.values()], default=0)
            ratios = {name: ratio for name, size in in_channels.items() if size == widest}
        fits = all(name in in_channels and r >= 1 for name, r in ratios.items())
        wanted = f"at least 1, for modalities among {list(in_channels)}"
        check(fits, "ratio", wanted, "Reduce.by_ratio", ratio)
        ratios = {name: check_integer(r, "ratio", "Reduce.by_ratio") for name, r in ratios.items()}
        hidden = {name: max(in_channels[name] // r, 1) for name, r in ratios.items()}
        return cls(in_channels, out_channels, bias=bias, hidden_channels=hidden)

    def reset_parameters(self) -> None:
        """Draw weights from Glorot's uniform distribution; biases start at zero."""
        for name, parameter in self.named_parameters():
            if name.endswith("weight"):
                nn.init.xavier_uniform_(parameter)
            else:
                nn.init.zeros_(parameter)

    def forward(self, x: Modalities) -> Modalities:
        check_modalities(x, self.in_channels, self)
        return {name: self._project(name, x[name]) for name in self.in_channels}  # [N, F_m] -> [N, D]

    def _project(self, name: str, x: Tensor) -> Tensor:
        lin = cast(nn.Linear, self.lins[name])
        if lin.weight.dtype not in HALF:
            x = full_precision(x)
        if name not in self.hidden_channels:
            out: Tensor = lin(x)
            return out
        first = cast(nn.Linear, self.hidden[name])
        weight = lin.weight @ first.weight  # [D, H] x [H, F_m] -> [D, F_m]
        bias = lin(first.bias) if self.bias else None
        return F.linear(x, weight, bias)

    def __repr__(self) -> str:
        hidden = f", hidden_channels={self.hidden_channels}" if self.hidden_channels else ""
        return f"{type(self).__name__}({self.in_channels}, {self.out_channels}, bias={self.bias}{hidden})"


def reduce_ref(module: Reduce, x: Modalities) -> Modalities:
    """What :class:`Reduce` computes, one step after the other."""
    first = {name: module.hidden[name](x[name]) if name in module.hidden else x[name] for name in x}
    return {name: lin(first[name]) for name, lin in module.lins.items()}
