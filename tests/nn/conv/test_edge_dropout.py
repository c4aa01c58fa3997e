import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import EdgeDropout


@pytest.fixture
def adj() -> Adj:
    edges = (torch.rand(60, 50) < 0.4).nonzero().t()
    return Adj.from_edge_index(edges, torch.rand(edges.size(1)) + 0.1, size=(60, 50))


def test_entries_stay_or_go_and_the_mean_is_kept(adj) -> None:
    layer, dense = EdgeDropout(), adj.to_dense()
    mean = torch.zeros_like(dense)
    for _ in range(400):
        kept = layer(adj, 0.3).to_dense()
        there = kept != 0
        torch.testing.assert_close(kept[there], dense[there] / 0.7)
        mean += kept / 400
    known = dense != 0
    assert not mean[~known].any()
    assert (mean[known] / dense[known] - 1).abs().max() < 5 * (0.3 / 0.7 / 400) ** 0.5


def test_nothing_goes_at_zero_and_one_is_an_error(adj) -> None:
    assert EdgeDropout()(adj, 0.0) is adj
    assert repr(EdgeDropout()) == "EdgeDropout()"
    with pytest.raises(ValueError, match=r"'p' needs to be in \[0, 1\) in 'EdgeDropout'"):
        EdgeDropout()(adj, 1.0)
