"""A small prepared graph that trains in milliseconds."""

import pytest
from torch_geometric.data import HeteroData
from torch_geometric.transforms import Compose

from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.transforms import BipartiteNorm, ProfileEdges, ToAdj


@pytest.fixture(scope="session")
def prepared() -> HeteroData:
    """Synthetic data with the matrices that every model here needs."""
    by_hand = Compose([BipartiteNorm(), ProfileEdges(), ToAdj()])
    data: HeteroData = by_hand(SyntheticMultimodal(num_users=60, num_items=80, seed=3)[0])
    return data
