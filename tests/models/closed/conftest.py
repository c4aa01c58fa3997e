"""A small graph and its interactions as a dense matrix."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models.closed import ClosedForm
from pygmmrec.testing import toy_data
from pygmmrec.typing import INTERACTS


@pytest.fixture
def data() -> HeteroData:
    """Fourteen users and sixteen items, with two modalities."""
    known = torch.rand(14, 16, generator=torch.Generator().manual_seed(1)) < 0.3
    known[range(14), range(14)] = True
    known[:, 15] = False  # an item that nobody has
    return toy_data(known.nonzero().t(), 14, 16)


@pytest.fixture
def r(data: HeteroData) -> Tensor:
    """R, [U, I]."""
    dense = torch.zeros(14, 16, dtype=torch.float64)
    dense[tuple(data[INTERACTS].edge_index)] = 1
    return dense


@pytest.fixture
def largest() -> Callable[[Tensor, int], Tensor]:
    """The k largest positive entries of each row but its own, and zeros."""

    def keep(x: Tensor, k: int) -> Tensor:
        x = x.clone().fill_diagonal_(-torch.inf)
        index = x.sort(dim=1, descending=True, stable=True).indices[:, :k]
        return torch.zeros_like(x).scatter(1, index, x.gather(1, index).clamp(min=0))

    return keep


@pytest.fixture
def scores_of() -> Callable[[ClosedForm, HeteroData], Tensor]:
    """Scores of all users and items of a model that is fitted in double precision."""

    def fit_and_score(model: ClosedForm, data: HeteroData) -> Tensor:
        model.double().fit_closed(data)
        return model.score(model(data), torch.arange(model.num_users))

    return fit_and_score
