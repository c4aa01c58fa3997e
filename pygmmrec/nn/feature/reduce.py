"""Raw features to embedding size."""

from collections.abc import Mapping

from torch import nn

from pygmmrec.typing import Modalities
from pygmmrec.utils.check import check


class Reduce(nn.Module):
    r"""Project each modality linearly to a common size: :math:`X_m W_m`.

    Without a bias, projection and summation over neighbours commute, so that a user's profile of projected
    items is the projected profile of raw items.

    Args:
        in_channels: Feature size :math:`F_m` by modality.
        out_channels: Common size D.
        bias: Whether to add a bias. (default: ``False``)

    Shapes:
        - **input:** by modality [N, :math:`F_m`]
        - **output:** by modality [N, D]

    Raises:
        ValueError: If there is no modality, or the input lacks one or has another size.
    """

    def __init__(self, in_channels: Mapping[str, int], out_channels: int, *, bias: bool = False) -> None:
        super().__init__()
        check(len(in_channels) > 0, "in_channels", "a mapping with at least one modality", self, in_channels)
        self.in_channels = dict(in_channels)
        self.out_channels = out_channels
        self.bias = bias
        self.lins = nn.ModuleDict(
            {name: nn.Linear(size, out_channels, bias=bias) for name, size in in_channels.items()}
        )
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw weights from Glorot's uniform distribution; biases start at zero."""
        for name, parameter in self.lins.named_parameters():
            if name.endswith("weight"):
                nn.init.xavier_uniform_(parameter)
            else:
                nn.init.zeros_(parameter)

    def forward(self, x: Modalities) -> Modalities:
        for name, size in self.in_channels.items():
            check(name in x, "x", f"features that include the modality {name!r}", self, sorted(x))
            check(
                x[name].size(-1) == size,
                "x",
                f"of size {size} in modality {name!r}",
                self,
                list(x[name].shape),
            )
        return {name: lin(x[name]) for name, lin in self.lins.items()}  # [N, F_m] -> [N, D]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.in_channels}, {self.out_channels}, bias={self.bias})"
