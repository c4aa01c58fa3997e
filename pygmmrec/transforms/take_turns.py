"""Several transforms, of which each call applies the next."""

from collections.abc import Sequence

from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.utils.check import check


class TakeTurns(GraphTransform):
    """Apply one of several transforms, each call the next, starting with the first.

    As an epoch transform it draws the graphs of successive epochs in different ways, as the released code of
    `LayerGCN <https://arxiv.org/abs/2207.11088>`_ does. The turn is kept here and nowhere else: a run that
    is resumed in another process starts with the first one again.

    Args:
        transforms: Those that take turns, at least one.

    Raises:
        ValueError: If there is none.
    """

    def __init__(self, transforms: Sequence[BaseTransform]) -> None:
        check(len(transforms) > 0, "transforms", "at least one transform", self, transforms)
        self.transforms = list(transforms)
        self._turn = 0

    def forward(self, data: HeteroData) -> HeteroData:
        transform = self.transforms[self._turn % len(self.transforms)]
        self._turn += 1
        out: HeteroData = transform(data)
        return out

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.transforms})"
