import pytest
import torch

from pygmmrec.kernels.neighbours.spherical_kmeans import spherical_kmeans
from pygmmrec.kernels.rows.unit_rows import unit_rows


def test_directions_that_are_apart_are_found() -> None:
    """Four directions with many rows each, of any length; the centres are the means of unit rows."""
    true = unit_rows(torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [-1, -1, 0]], dtype=torch.float64))
    label = torch.arange(4).repeat(25)
    x = true[label] + 0.05 * torch.randn(100, 3, dtype=torch.float64)
    x = x * torch.rand(100, 1, dtype=torch.float64).add(0.1)
    centres = spherical_kmeans(x, 4)
    found = centres[(true @ centres.t()).argmax(dim=1)]  # in the order of the true ones
    means = torch.stack([unit_rows(x)[label == n].sum(dim=0) for n in range(4)])
    torch.testing.assert_close(found, means / means.norm(dim=1, keepdim=True))


@pytest.mark.parametrize("k", [1, 2, 5, 30])
def test_rounds_end_where_each_centre_is_the_mean_of_its_rows(k) -> None:
    x = torch.randn(30, 4, dtype=torch.float64)
    centres = spherical_kmeans(x, k, num_rounds=100)
    assert centres.shape == (k, 4)
    x = x / x.norm(dim=1, keepdim=True)
    assigned = (x @ centres.t()).argmax(dim=1)
    for n in assigned.unique().tolist():
        mean = x[assigned == n].sum(dim=0)
        torch.testing.assert_close(centres[n], mean / mean.norm())
    if k == 30:  # each row is a cluster of its own
        assert assigned.unique().numel() == 30


def test_the_order_of_the_rows_does_not_matter() -> None:
    x, order = torch.randn(40, 5, dtype=torch.float64), torch.randperm(40)
    torch.testing.assert_close(spherical_kmeans(x, 7), spherical_kmeans(x[order], 7))


def test_rows_of_zeros_and_repeated_rows_leave_finite_centres() -> None:
    x = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    assert spherical_kmeans(x, 4).isfinite().all()


@pytest.mark.parametrize("k", [0, 4])
def test_more_clusters_than_rows_are_an_error(k) -> None:
    with pytest.raises(ValueError, match=rf"'k' needs to be between 1 and 3, .* \(got {k}\)"):
        spherical_kmeans(torch.randn(3, 2), k)
