import pytest
import torch
from torch import Tensor

from pygmmrec.transforms import BehaviourGraph, ToAdj
from pygmmrec.transforms.behaviour_graph import BEHAVIOUR


def dense_graph(known: Tensor, k: int, min_common: int) -> Tensor:
    """Itself and the k with most users in common, item by item."""
    count = known.double().t() @ known.double()
    graph = torch.eye(len(count), dtype=torch.float64)
    for i, row in enumerate(count.tolist()):
        others = [j for j in range(len(row)) if j != i and row[j] >= min_common]
        graph[i, sorted(others, key=lambda j: (-row[j], j))[:k]] = 1
    root = graph.sum(1).rsqrt()
    return root[:, None] * graph * root


@pytest.mark.parametrize("block_size", [1, 4, 1024])
@pytest.mark.parametrize(("k", "min_common"), [(1, 1), (2, 2), (5, 3), (40, 2)])
def test_against_the_dense_formula(toy_data, k, min_common, block_size) -> None:
    known = torch.rand(13, 17, generator=torch.Generator().manual_seed(1)) < 0.35
    known[:, 8] = False  # an item without users
    data = toy_data(known.nonzero().t(), 13, 17)
    out = ToAdj()(BehaviourGraph(k, min_common=min_common, block_size=block_size)(data))
    expected = dense_graph(known, k, min_common)
    torch.testing.assert_close(out[BEHAVIOUR].matrix.to_dense().double(), expected, rtol=1e-6, atol=1e-7)
    assert expected[8].count_nonzero() == 1
    assert BEHAVIOUR not in data.edge_types


def test_its_text_and_wrong_arguments() -> None:
    assert repr(BehaviourGraph()) == "BehaviourGraph(k=2, min_common=2)"
    with pytest.raises(ValueError, match="'min_common' needs to be"):
        BehaviourGraph(min_common=0)
