"""A model's transforms, and the stamp that says whose graph this is."""

from collections.abc import Sequence

from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform, Compose

from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.typing import PREPARED, THINNED
from pygmmrec.utils.check import check


class Prepare(GraphTransform):
    """Apply the transforms of a model in turn, and stamp the graph with the model and their settings.

    The stamp is ``data.prepared_by``, ``{"model": ..., "settings": ...}``. Training, evaluation and
    recommendation refuse the graph of another model. Preparing again for the same model is fine.

    Args:
        model: Name of the model.
        transforms: What its ``pre_transform`` consists of.

    Raises:
        ValueError: If something else than a graph was given, such as its data set, if another model prepared
            the graph, or an epoch of training thinned it out.
    """

    def __init__(self, model: str, transforms: Sequence[BaseTransform]) -> None:
        self.model = model
        self.transforms = Compose(list(transforms))

    def forward(self, data: HeteroData) -> HeteroData:
        found = data.get(PREPARED)
        remedy = "Prepare the graph as the data set gives it"
        fine = found is None or found["model"] == self.model
        check(fine, "data", f"a graph that no model but {self.model} prepared", self, found, remedy)
        whole = THINNED not in data
        check(whole, "data", "a graph with all its edges", self, data.get(THINNED), remedy)
        data = self.transforms(data)
        data[PREPARED] = {"model": self.model, "settings": " ".join(repr(self.transforms).split())}
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.model!r}, {self.transforms!r})"
