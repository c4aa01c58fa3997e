"""A small prepared graph that trains in milliseconds."""

import pytest
from torch_geometric.data import HeteroData

from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.models import CRANE


@pytest.fixture(scope="session")
def prepared() -> HeteroData:
    """Synthetic data with the matrices that every model here needs."""
    return CRANE.pre_transform()(SyntheticMultimodal(num_users=60, num_items=80, seed=3)[0])
