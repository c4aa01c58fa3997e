"""Every transform takes a graph, and says so where it is given something else."""

import inspect

import pytest
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec import transforms
from pygmmrec.transforms.graph_transform import GraphTransform

CLASSES = [getattr(transforms, name) for name in transforms.__all__]
TRANSFORMS = [cls for cls in CLASSES if inspect.isclass(cls) and issubclass(cls, BaseTransform)]


@pytest.mark.parametrize("cls", TRANSFORMS)
def test_a_data_set_is_not_its_graph(cls: type[BaseTransform]) -> None:
    transform = cls.__new__(cls)  # what it is given is looked at before its arguments
    with pytest.raises(ValueError, match=rf"'data' needs to be a graph.* in '{cls.__name__}' .*dataset\[0\]"):
        transform([HeteroData()])


def test_the_graph_that_is_given_stays_as_it_is() -> None:
    class Name(GraphTransform):
        def forward(self, data: HeteroData) -> HeteroData:
            data.name = "new"
            return data

    data = HeteroData()
    assert Name()(data).name == "new"
    assert "name" not in data
