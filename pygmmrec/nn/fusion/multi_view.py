"""Users and items as their modalities see them."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from pygmmrec.kernels.rows.rows import rows
from pygmmrec.kernels.sparse.spmm import AdjLike, spmm, spmm_rows
from pygmmrec.nn.conv.item_graph import ItemGraphConv
from pygmmrec.nn.feature.purify import Purify
from pygmmrec.nn.fusion.common_private import Average, CommonPrivate
from pygmmrec.nn.fusion.preference_gates import PreferenceGates
from pygmmrec.typing import Embeddings, Modalities
from pygmmrec.utils.check import check


class MultiView(nn.Module):
    r"""The multi-view encoder of MGCN (`arXiv 2308.03588 <https://arxiv.org/abs/2308.03588>`_), which
    MambaRec takes over.

    1. :class:`~pygmmrec.nn.Purify`: behaviour guides what of the features reaches an item,
       :math:`z_m = E_i \odot \sigma(f_m W_m + b_m)`.
    2. Each modality's item graph spreads it, :math:`z_m \leftarrow S_m z_m`, and users gather it from their
       items, :math:`u_m = R z_m`.
    3. :class:`~pygmmrec.nn.CommonPrivate` joins the modalities, for users and for items by the same weights;
       or another layer that takes the same, such as :class:`~pygmmrec.nn.PreferenceGates` of SMORE.

    Args:
        in_channels: Feature size by modality.
        channels: D.
        num_layers: Layers on the item graphs. (default: ``1``)
        average: See :class:`~pygmmrec.nn.CommonPrivate`. (default: ``all``)
        fuse: What joins the modalities. (default: ``None``, CommonPrivate)

    Shapes:
        - **input:** features by modality [I, :math:`F_m`]; free item embedding [I, D]; collaborative
          embeddings of what is wanted, [U, D] and [I, D]; item graphs by modality [I, I]; the normalised
          graph from items to users [U, I]; optionally ``at``, the indices of users [B] and items [B'] that
          a batch needs: then collaborative embeddings are those, [B, D] and [B', D]
        - **output:** :class:`~pygmmrec.typing.Embeddings`, of the size of the collaborative ones

    Raises:
        ValueError: If there is no modality, or the input lacks one.
    """

    def __init__(
        self,
        in_channels: Mapping[str, int],
        channels: int,
        *,
        num_layers: int = 1,
        average: Average = "all",
        fuse: CommonPrivate | PreferenceGates | None = None,
    ) -> None:
        super().__init__()
        self.in_channels = dict(in_channels)
        self.channels = channels
        self.num_layers = num_layers
        self.purify = Purify(in_channels, channels)
        self.spread = ItemGraphConv(num_layers)
        self.average: Average = average
        self.fuse = fuse or CommonPrivate(list(in_channels), channels, average=average)

    def reset_parameters(self) -> None:
        """Draw all weights again."""
        self.purify.reset_parameters()
        self.fuse.reset_parameters()

    def forward(
        self,
        x: Modalities,
        item: Tensor,
        collaborative: Embeddings,
        item_graphs: Mapping[str, AdjLike],
        to_user: AdjLike,
        at: Embeddings | None = None,
    ) -> Embeddings:
        for name in self.in_channels:
            found = sorted(item_graphs)
            check(name in item_graphs, "item_graphs", f"graphs that include that of {name!r}", self, found)
        items = self.purify(x, item)
        items = {name: self.spread(z, item_graphs[name]) for name, z in items.items()}
        if at is None:
            users = {name: spmm(to_user, z) for name, z in items.items()}  # [U, I] x [I, D] -> [U, D]
        else:  # each row is fused by itself
            users = {name: spmm_rows(to_user, z, at.user) for name, z in items.items()}  # [B, D]
            items = {name: rows(z, at.item) for name, z in items.items()}  # [I, D] -> [B', D]
        return Embeddings(self.fuse(users, collaborative.user), self.fuse(items, collaborative.item))

    def __repr__(self) -> str:
        options = f"num_layers={self.num_layers}, average={self.average!r}"
        return f"{type(self).__name__}({self.in_channels}, {self.channels}, {options})"
