import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.topk_entries import topk_entries


@pytest.mark.parametrize("k", [1, 2, 3, 9, 100])
def test_against_sorting_each_row(k) -> None:
    """Few distinct values, so that many are equal; some rows are shorter than k, and one is empty."""
    dense = torch.randint(1, 4, (8, 10)) * (torch.rand(8, 10) < 0.6)
    dense[5] = 0
    index = dense.nonzero().t()
    adj = Adj.from_edge_index(index.flip(0), dense[dense != 0].double(), size=(10, 8))
    expected = torch.zeros(8, 10, dtype=torch.float64)
    for row, values in enumerate(dense.tolist()):
        for col in sorted((c for c, value in enumerate(values) if value), key=lambda c: (-values[c], c))[:k]:
            expected[row, col] = values[col]
    assert torch.equal(topk_entries(adj, k).to_dense(), expected)


def test_no_entry_is_an_error(edge_index) -> None:
    with pytest.raises(ValueError, match=r"'k' needs to be at least 1 in 'topk_entries' \(got 0\)"):
        topk_entries(Adj.from_edge_index(edge_index, size=(5, 4)), 0)
