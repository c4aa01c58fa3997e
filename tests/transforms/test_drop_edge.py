import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.transforms import BipartiteNorm, DropEdge, ToAdj
from pygmmrec.transforms.drop_edge import keep_edges
from pygmmrec.typing import INTERACTS, REV_INTERACTS


def pairs(edge_index: Tensor) -> list[tuple[int, ...]]:
    return list(map(tuple, edge_index.t().tolist()))


@pytest.fixture
def data(toy_data) -> HeteroData:
    """Edges with a rating that says which edge it belongs to, and a vector of attributes."""
    data = toy_data()
    for edge_type in (INTERACTS, REV_INTERACTS):
        edge_index = data[edge_type].edge_index
        user, item = edge_index if edge_type == INTERACTS else edge_index.flip(0)
        data[edge_type].rating = 100.0 * user + item
        data[edge_type].edge_attr = torch.stack([user, item], dim=1).float()
    return data


def test_kept_edges_are_the_same_in_both_directions_with_their_attributes(data) -> None:
    keep = torch.rand(data[INTERACTS].num_edges) < 0.5
    expected = pairs(data[INTERACTS].edge_index[:, keep])
    out = keep_edges(data.clone(), keep, DropEdge())
    user, item = out[INTERACTS].edge_index
    assert pairs(out[INTERACTS].edge_index) == expected == sorted(expected)
    assert out[INTERACTS].rating.tolist() == (100 * user + item).tolist()
    assert out[INTERACTS].edge_attr.tolist() == out[INTERACTS].edge_index.t().tolist()
    item, user = out[REV_INTERACTS].edge_index
    assert pairs(out[REV_INTERACTS].edge_index) == sorted((i, u) for u, i in expected)
    assert out[REV_INTERACTS].rating.tolist() == (100 * user + item).tolist()
    assert out[REV_INTERACTS].edge_attr.tolist() == torch.stack([user, item], dim=1).tolist()


def test_what_was_derived_from_all_edges_is_taken_away(data) -> None:
    full = ToAdj()(BipartiteNorm()(data))
    out = DropEdge(0.5)(full)
    for edge_type in (INTERACTS, REV_INTERACTS):
        assert {"matrix", "edge_weight"} <= set(full[edge_type].keys())
        assert not {"matrix", "edge_weight"} & set(out[edge_type].keys())
    again = ToAdj()(BipartiteNorm()(out))
    assert again[INTERACTS].matrix.nnz == out[INTERACTS].num_edges < full[INTERACTS].matrix.nnz


def test_the_input_is_left_alone(data) -> None:
    full = ToAdj()(BipartiteNorm()(data))
    before = {name: full[INTERACTS][name] for name in full[INTERACTS].keys()}  # noqa: SIM118
    DropEdge(0.9)(full)
    assert all(full[INTERACTS][name] is value for name, value in before.items())
    assert full[REV_INTERACTS].num_edges == full[INTERACTS].num_edges


def test_every_edge_is_dropped_with_probability_p(data) -> None:
    transform, num_draws = DropEdge(0.3), 2000
    count = torch.zeros(9, 11)
    for _ in range(num_draws):
        user, item = transform(data)[INTERACTS].edge_index
        count[user, item] += 1
    user, item = data[INTERACTS].edge_index
    error = (0.3 * 0.7 / num_draws) ** 0.5
    assert (count[user, item] / num_draws - 0.7).abs().max() < 5 * error
    assert count.sum() == count[user, item].sum()


def test_nothing_is_dropped_at_p_0_and_draws_follow_torchs_seed(data) -> None:
    assert torch.equal(DropEdge(0.0)(data)[INTERACTS].edge_index, data[INTERACTS].edge_index)
    drawn = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        drawn.append(pairs(DropEdge(0.5)(data)[INTERACTS].edge_index))
    assert drawn[0] == drawn[1] != drawn[2]


def test_a_budget_is_kept_to_the_edge_and_all_edges_are_alike(data) -> None:
    transform, num_draws, num = DropEdge(0.3, mode="budget"), 2000, data[INTERACTS].num_edges
    count = torch.zeros(9, 11)
    for _ in range(num_draws):
        user, item = transform(data)[INTERACTS].edge_index
        assert user.numel() == int(0.7 * num)
        count[user, item] += 1
    user, item = data[INTERACTS].edge_index
    share = int(0.7 * num) / num
    assert (count[user, item] / num_draws - share).abs().max() < 5 * (0.25 / num_draws) ** 0.5
    assert DropEdge(0.999, mode="budget")(data)[INTERACTS].edge_index.size(1) == 1


def test_repr_and_error() -> None:
    assert repr(DropEdge(0.25)) == "DropEdge(p=0.25)"
    assert repr(DropEdge(0.25, mode="budget")) == "DropEdge(p=0.25, mode='budget')"
    with pytest.raises(ValueError, match="'mode' needs to be one of"):
        DropEdge(0.1, mode="all")
    for p in (-0.1, 1.0):
        with pytest.raises(ValueError, match=rf"'p' needs to be in \[0, 1\) in 'DropEdge' \(got {p}\)"):
            DropEdge(p)
