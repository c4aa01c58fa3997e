import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import ChosenItems, Denoiser, NoiseSchedule
from pygmmrec.nn.conv import chosen_items
from pygmmrec.nn.conv.chosen_items import Chosen, user_rows


@pytest.fixture
def items() -> Adj:
    """Five users, four items; user 4 has none. [U, I], with weights that do not count."""
    edge_index = torch.tensor([[0, 1, 1, 2, 0, 0, 2], [0, 0, 1, 1, 2, 3, 3]])
    return Adj.from_edge_index(edge_index, torch.rand(7), size=(4, 5))


@pytest.fixture
def denoiser() -> Denoiser:
    return Denoiser(4, 3, 4).double()


def dense(graph: Chosen) -> torch.Tensor:
    square = torch.diag(torch.cat(graph.own))
    square[:5, 5:], square[5:, :5] = graph.to_user.to_dense(), graph.to_item.to_dense()
    return square


@pytest.mark.parametrize("k", [1, 3])
def test_the_graph_is_the_normalised_square_matrix_of_the_best(items, denoiser, k, monkeypatch) -> None:
    monkeypatch.setattr(chosen_items, "BLOCK", 8)  # two users at a time
    schedule = NoiseSchedule(3)
    rows = (items.to_dense() > 0).double()
    assert torch.equal(user_rows(items, torch.tensor([2, 0])).double(), rows[[2, 0]])
    best = schedule.reverse(denoiser, rows).topk(k).indices
    square = torch.eye(9)
    user = torch.arange(5).repeat_interleave(k)
    square[user, best.flatten() + 5] = square[best.flatten() + 5, user] = 1
    root = square.sum(1).rsqrt()
    layer = ChosenItems(schedule, k)
    torch.testing.assert_close(dense(layer(denoiser, items)), root[:, None] * square * root)


def test_a_sample_drops_entries_each_on_its_own() -> None:
    num = 2000
    items = Adj.from_edge_index(torch.stack([torch.zeros(num).long(), torch.arange(num)]), size=(1, num))
    layer = ChosenItems(NoiseSchedule(2), p=0.25)
    whole, thin = layer(Denoiser(1, 2), items), layer(Denoiser(1, 2), items, sample=True)
    pairs = [(whole.to_user, thin.to_user), (whole.to_item, thin.to_item)]
    parts = [(a.value, b.value) for a, b in pairs] + [(whole.own.user, thin.own.user)]
    for before, after in parts:
        kept = after != 0
        assert 0.7 < kept.double().mean() < 0.8
        torch.testing.assert_close(after[kept], before[kept] / 0.75)
    assert not torch.equal(thin.to_user.value != 0, thin.to_item.t().value != 0)


def test_noise_is_of_samples(items, denoiser) -> None:
    schedule, rows = NoiseSchedule(3, scale=1.0, high=0.5), torch.ones(5, 4, dtype=torch.float64)
    layer = ChosenItems(schedule, start=2, noisy=True)
    torch.testing.assert_close(layer.predict(denoiser, rows), schedule.reverse(denoiser, rows))
    torch.manual_seed(4)
    drawn = layer.predict(denoiser, rows, sample=True)
    torch.manual_seed(4)
    start = schedule.add(rows, torch.ones(5, dtype=torch.int64), torch.randn_like(rows))
    torch.testing.assert_close(drawn, schedule.reverse(denoiser, start, noisy=True))


def test_repr_and_errors() -> None:
    schedule = NoiseSchedule(2)
    assert repr(ChosenItems(schedule)) == f"ChosenItems({schedule}, 1, p=0.5, start=0, noisy=False)"
    with pytest.raises(ValueError, match="'k' needs to be at least 1 in 'ChosenItems'"):
        ChosenItems(schedule, 0)
    with pytest.raises(ValueError, match="'start' needs to be"):
        ChosenItems(schedule, start=3)
