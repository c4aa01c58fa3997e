from itertools import permutations

import pytest
import torch
from torch import Tensor

from pygmmrec.transforms import AdaptiveDropEdge, BipartiteNorm, ToAdj
from pygmmrec.transforms.adaptive_drop_edge import retention_probability, scale_to_mean
from pygmmrec.typing import INTERACTS, REV_INTERACTS


def frequency(transform: AdaptiveDropEdge, data, num_draws: int) -> Tensor:
    """How often each training edge stays, [E]."""
    count = torch.zeros(data["user"].num_nodes, data["item"].num_nodes)
    for _ in range(num_draws):
        user, item = transform(data)[INTERACTS].edge_index
        count[user, item] += 1
    user, item = data[INTERACTS].edge_index
    assert count.sum() == count[user, item].sum()
    return count[user, item] / num_draws


def test_retention_is_one_over_the_root_of_both_degrees(edge_index, to_dense) -> None:
    matrix = to_dense(edge_index, None, (5, 4)).t()  # [U, I]
    user, item = edge_index
    expected = 1 / (matrix.sum(1)[user] * matrix.sum(0)[item]).sqrt()
    torch.testing.assert_close(retention_probability(edge_index), expected)
    by_hand = [
        1 / 6,
        1 / 4,
        1 / 4,
        1 / 4,
        1 / 3,
        1 / 6,
        1 / 4,
    ]  # d_u · d_i: user 0 has 2 items, item 0 3 users
    assert retention_probability(edge_index).square().tolist() == pytest.approx(by_hand)


def test_bernoulli_keeps_each_edge_with_its_retention(toy_data) -> None:
    data, num_draws = toy_data(), 3000
    expected = retention_probability(data[INTERACTS].edge_index)
    actual = frequency(AdaptiveDropEdge(None), data, num_draws)
    assert ((actual - expected).abs() < 5 * (expected * (1 - expected) / num_draws).sqrt() + 1e-9).all()


@pytest.mark.parametrize("p", [0.1, 0.5])
def test_bernoulli_with_p_drops_that_share_on_average(toy_data, p) -> None:
    data, num_draws = toy_data(), 3000
    retention = retention_probability(data[INTERACTS].edge_index)
    actual = frequency(AdaptiveDropEdge(p), data, num_draws)
    assert abs(actual.mean() - (1 - p)) < 0.01
    below = actual < 0.97  # not cut at one
    ratio = actual[below] / retention[below]
    assert (ratio - ratio.mean()).abs().max() < 0.15 * ratio.mean()


@pytest.mark.parametrize("mean", [0.05, 0.3, 0.6, 0.9, 0.99, 1.0])
def test_scaling_is_exact_and_proportional_below_one(mean) -> None:
    probability = torch.rand(200).pow(2) + 0.01
    scaled = scale_to_mean(probability, mean)
    assert float(scaled.mean()) == pytest.approx(mean, abs=1e-5)
    assert scaled.max() <= 1
    open_ = scaled < 1
    if open_.any():
        factor = scaled[open_] / probability[open_]
        torch.testing.assert_close(factor, factor[:1].expand_as(factor))
        assert (probability[~open_] * factor[0] >= 1 - 1e-5).all()


@pytest.mark.parametrize("p", [0.0, 0.1, 0.37, 0.8, 0.999])
def test_a_budget_is_met_exactly(toy_data, p) -> None:
    data = toy_data()
    num_edges = data[INTERACTS].num_edges
    for _ in range(20):
        out = AdaptiveDropEdge(p, mode="budget")(data)
        assert out[INTERACTS].num_edges == max(1, round((1 - p) * num_edges))


def test_a_budget_is_drawn_like_one_edge_after_the_other_without_replacement(toy_data) -> None:
    edges = torch.tensor([[0, 0, 0, 1, 2], [0, 1, 2, 0, 3]])
    data, num_draws, num_kept = toy_data(edges, 3, 4), 6000, 2
    weight = retention_probability(edges).tolist()
    expected = [0.0] * 5
    for order in permutations(range(5), num_kept):
        chance, left = 1.0, sum(weight)
        for edge in order:
            chance *= weight[edge] / left
            left -= weight[edge]
        for edge in order:
            expected[edge] += chance
    assert sum(expected) == pytest.approx(num_kept)
    actual = frequency(AdaptiveDropEdge(0.6, mode="budget"), data, num_draws)
    assert actual.tolist() == pytest.approx(expected, abs=5 * (0.25 / num_draws) ** 0.5)
    assert max(expected) - min(expected) > 0.2  # so that equal chances would fail


@pytest.mark.parametrize("mode", ["bernoulli", "budget"])
def test_both_directions_agree_and_nothing_of_the_full_graph_stays(toy_data, mode) -> None:
    data = toy_data()
    for edge_type in (INTERACTS, REV_INTERACTS):
        user, item = (
            data[edge_type].edge_index if edge_type == INTERACTS else data[edge_type].edge_index.flip(0)
        )
        data[edge_type].rating = 100.0 * user + item
    full = ToAdj()(BipartiteNorm()(data))
    num_edges = full[INTERACTS].num_edges
    out = AdaptiveDropEdge(0.5, mode=mode)(full)
    user, item = out[INTERACTS].edge_index
    rev_item, rev_user = out[REV_INTERACTS].edge_index
    keys, rev_keys = user * 100 + item, rev_user * 100 + rev_item
    assert set(keys.tolist()) == set(rev_keys.tolist())
    assert keys.diff().gt(0).all()
    assert (rev_item * 100 + rev_user).diff().gt(0).all()
    assert out[INTERACTS].rating.tolist() == keys.tolist()
    assert out[REV_INTERACTS].rating.tolist() == rev_keys.tolist()
    for edge_type in (INTERACTS, REV_INTERACTS):
        assert not {"matrix", "edge_weight"} & set(out[edge_type].keys())
        assert full[edge_type].num_edges == full[edge_type].matrix.nnz == num_edges > keys.numel()


def test_weights_are_those_of_the_kept_edges(toy_data) -> None:
    out = BipartiteNorm()(AdaptiveDropEdge(0.5)(BipartiteNorm()(toy_data())))
    user, item = out[INTERACTS].edge_index
    degree = torch.bincount(user)[user] * torch.bincount(item)[item]
    torch.testing.assert_close(out[INTERACTS].edge_weight, degree.float().rsqrt())


def test_repr_and_errors() -> None:
    assert repr(AdaptiveDropEdge(None)) == "AdaptiveDropEdge(p=None, mode='bernoulli')"
    assert repr(AdaptiveDropEdge(0.2, mode="budget")) == "AdaptiveDropEdge(p=0.2, mode='budget')"
    with pytest.raises(
        ValueError, match=r"'mode' needs to be one of .* in 'AdaptiveDropEdge' \(got 'uniform'\)"
    ):
        AdaptiveDropEdge(mode="uniform")
    with pytest.raises(ValueError, match="'p' needs to be a number in mode 'budget'"):
        AdaptiveDropEdge(None, mode="budget")
    for p in (-0.1, 1.0):
        with pytest.raises(ValueError, match=r"'p' needs to be in \[0, 1\)"):
            AdaptiveDropEdge(p)
