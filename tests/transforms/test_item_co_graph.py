import pytest
import torch

from pygmmrec.transforms import ItemCoGraph
from pygmmrec.transforms.item_co_graph import ITEM_CO


def weights(count: torch.Tensor, i: int, best: list[int], kind: str) -> torch.Tensor:
    """Those of the neighbours of item i, by their formula."""
    if kind == "softmax":
        return count[i, best].softmax(dim=0)
    total = count.sum(dim=1)
    return count[i, best] / (total[i] - count[i, i]) * (total[i] / total[best]).sqrt()


@pytest.mark.parametrize("kind", ["softmax", "share"])
@pytest.mark.parametrize("block_size", [3, 1024])
@pytest.mark.parametrize("k", [1, 3, 40])
def test_against_the_dense_formula(toy_data, to_dense, k, block_size, kind) -> None:
    known = torch.rand(13, 17) < 0.25
    known[:, 8] = False  # an item without users
    data = ItemCoGraph(k, weight=kind, block_size=block_size)(toy_data(known.nonzero().t(), 13, 17))
    count = known.double().t() @ known.double()
    expected = torch.zeros_like(count)
    for i, row in enumerate(count.tolist()):
        best = sorted((j for j in range(17) if j != i and row[j] > 0), key=lambda j: (-row[j], j))[:k]
        if best:
            expected[i, best] = weights(count, i, best, kind)
    store = data[ITEM_CO]
    actual = to_dense(store.edge_index, store.edge_weight.double(), (17, 17))
    torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-6)
    assert not actual[8].any()


def test_repr_and_errors() -> None:
    assert repr(ItemCoGraph(4)) == "ItemCoGraph(k=4, weight='softmax')"
    with pytest.raises(ValueError, match="'k' needs to be at least 1 in 'ItemCoGraph'"):
        ItemCoGraph(0)
    with pytest.raises(ValueError, match="'weight' needs to be one of"):
        ItemCoGraph(weight="cosine")
