import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.models import UserKNN
from pygmmrec.typing import INTERACTS


def similarity(x: torch.Tensor, y: torch.Tensor, p: float, h: float) -> torch.Tensor:
    damped = x * y.sum(dim=0).clamp(min=1) ** -p
    return ((damped @ y.t()) / (x.norm(dim=1)[:, None] * y.norm(dim=1) + h)).nan_to_num(0.0)


@pytest.mark.parametrize(("p", "h"), [(0.0, 0.0), (0.5, 1.5)])
@pytest.mark.parametrize("k", [2, 40])
def test_equals_the_dense_formula(data, r, scores_of, largest, p, h, k) -> None:
    model = UserKNN.from_data(data, k=k, item_damping=p, shrink=h)
    expected = largest(similarity(r, r, p, h), k) @ r
    torch.testing.assert_close(scores_of(model, data), expected, rtol=1e-9, atol=1e-9)


def test_a_new_user_finds_neighbours_among_the_known(data, r, scores_of) -> None:
    model = UserKNN.from_data(data, k=40, item_damping=0.5)
    scores_of(model, data)
    new = torch.tensor([[1, 0, 1] + [0] * 13], dtype=torch.float64)
    items = Adj.from_edge_index(torch.tensor([[0, 2], [0, 0]]), size=(16, 1))
    found = model.score(model.fold_in(data, items), torch.tensor([0]))
    torch.testing.assert_close(found, similarity(new, r, 0.5, 0.0) @ r, rtol=1e-9, atol=1e-9)


def test_users_who_came_after_the_fit_find_theirs_in_the_graph(data, r, scores_of) -> None:
    model = UserKNN.from_data(data, k=40)
    before = scores_of(model, data)
    more: HeteroData = data.clone()
    more["user"].num_nodes = 15
    pairs = torch.cat([data[INTERACTS].edge_index, torch.tensor([[14, 14], [0, 2]])], dim=1)
    more[INTERACTS].edge_index = pairs
    grown = model.grow({"user": range(14), "item": range(16)}, {"user": range(15), "item": range(16)})
    found = grown.score(grown(more), torch.arange(15))
    now = torch.cat([r, torch.tensor([[1, 0, 1] + [0] * 13])]).double()
    theirs = similarity(now[14:], now[:14], 0.0, 0.0)
    torch.testing.assert_close(found[:14], before, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(found[14:], theirs @ r, rtol=1e-9, atol=1e-9)


def test_an_unknown_similarity_is_an_error() -> None:
    with pytest.raises(ValueError, match="'similarity' needs to be one of"):
        UserKNN(2, 3, similarity="dice")  # type: ignore[arg-type]
