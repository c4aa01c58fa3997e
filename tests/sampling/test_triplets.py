import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.data.ids import IdMap
from pygmmrec.sampling import TripletSampler
from pygmmrec.typing import INTERACTS, Triplets


def epoch(sampler: TripletSampler) -> Triplets:
    return Triplets(*(torch.cat(part) for part in zip(*sampler, strict=True)))


def same(left: Triplets, right: Triplets) -> bool:
    return all(torch.equal(a, b) for a, b in zip(left, right, strict=True))


@pytest.fixture
def edges() -> Tensor:
    """Forty users, thirty items of which the last five have no edge."""
    return (torch.rand(40, 25, generator=torch.Generator().manual_seed(0)) < 0.3).nonzero().t().contiguous()


@pytest.fixture
def data(edges) -> HeteroData:
    data = HeteroData()
    data["user"].num_nodes = 40
    data["item"].num_nodes = 30
    data[INTERACTS].edge_index = edges
    return data


def test_every_edge_once_per_epoch_in_a_new_order(data, edges) -> None:
    sampler = TripletSampler(data, batch_size=32)
    first, second = epoch(sampler), epoch(sampler)
    pairs = list(zip(*edges.tolist(), strict=True))
    for drawn in (first, second):
        assert sorted(zip(drawn.user.tolist(), drawn.pos.tolist(), strict=True)) == pairs
    assert not torch.equal(first.pos, second.pos)
    assert not torch.equal(first.user, edges[0])


def test_batches(data, edges) -> None:
    sampler = TripletSampler(data, batch_size=32)
    batches = list(sampler)
    total = edges.size(1)
    assert len(sampler) == len(batches) == -(-total // 32)
    assert [batch.user.numel() for batch in batches] == [32] * (total // 32) + [total % 32] * (total % 32 > 0)
    assert all(isinstance(batch, Triplets) for batch in batches)
    assert {part.dtype for batch in batches for part in batch} == {torch.int64}


@pytest.mark.parametrize("candidates", ["train", "all"])
def test_a_negative_is_never_a_training_item_and_covers_the_candidates(data, edges, candidates) -> None:
    sampler = TripletSampler(data, candidates=candidates)
    positives = set((edges[0] * 30 + edges[1]).tolist())
    seen = set()
    for _ in range(30):
        drawn = epoch(sampler)
        assert positives.isdisjoint((drawn.user * 30 + drawn.neg).tolist())
        seen |= set(drawn.neg.tolist())
    assert seen == set(edges[1].tolist() if candidates == "train" else range(30))


def test_the_seed_alone_decides(data) -> None:
    sampler = TripletSampler(data, seed=3)
    first, second = epoch(sampler), epoch(sampler)
    torch.manual_seed(99)
    again = TripletSampler(data, seed=3)
    for expected in (first, second):
        torch.rand(5)
        assert same(epoch(again), expected)
    assert not same(epoch(TripletSampler(data, seed=4)), first)


def test_batch_size_does_not_change_the_draws(data) -> None:
    assert same(epoch(TripletSampler(data, batch_size=7)), epoch(TripletSampler(data, batch_size=1000)))


def test_sampling_leaves_the_global_generator_alone(data) -> None:
    before = torch.get_rng_state()
    epoch(TripletSampler(data))
    assert torch.equal(before, torch.get_rng_state())


def test_a_resumed_sampler_continues_with_the_same_numbers(data, tmp_path) -> None:
    sampler = TripletSampler(data)
    epoch(sampler)
    torch.save(sampler.state_dict(), tmp_path / "sampler.pt")
    expected = [epoch(sampler), epoch(sampler)]
    resumed = TripletSampler(data, seed=123)
    resumed.load_state_dict(torch.load(tmp_path / "sampler.pt", weights_only=True))
    assert all(same(epoch(resumed), value) for value in expected)


def test_a_state_of_another_kind_of_device_is_an_error(data) -> None:
    sampler = TripletSampler(data)
    state = {**sampler.state_dict(), "device": "cuda"}
    with pytest.raises(ValueError, match=r"'state' needs to be from a sampler on 'cpu'.*got 'cuda'"):
        sampler.load_state_dict(state)


def test_a_graph_and_its_edges_give_the_same(data, edges) -> None:
    assert same(epoch(TripletSampler(data)), epoch(TripletSampler(edges, num_items=30)))
    assert TripletSampler(edges).num_items == 25


def test_moving_to_where_it_is_changes_nothing(data) -> None:
    sampler = TripletSampler(data)
    epoch(sampler)
    state = sampler.state_dict()
    assert sampler.to("cpu") is sampler
    assert torch.equal(sampler.state_dict()["generator"], state["generator"])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_on_cuda(data, edges) -> None:
    sampler = TripletSampler(data, device="cuda")
    drawn = epoch(sampler)
    assert {part.device.type for part in drawn} == {"cuda"}
    positives = set((edges[0] * 30 + edges[1]).tolist())
    assert positives.isdisjoint((drawn.user * 30 + drawn.neg).tolist())
    assert same(epoch(TripletSampler(data).to("cuda")), drawn)
    state = sampler.state_dict()
    expected = epoch(sampler)
    sampler.load_state_dict(state)
    assert same(epoch(sampler), expected)


def test_repr_shows_what_changes_the_draws(data, edges) -> None:
    assert repr(TripletSampler(data, batch_size=8, candidates="all", seed=5)) == (
        f"TripletSampler(num_edges={edges.size(1)}, batch_size=8, num_items=30, candidates='all', seed=5, "
        "device='cpu')"
    )


@pytest.mark.parametrize(
    ("edge_index", "change", "message"),
    [
        (torch.zeros(3, 2, dtype=torch.int64), {}, r"'edge_index' needs to be user-item pairs \[2, E\]"),
        (torch.zeros(2, 0, dtype=torch.int64), {}, "'edge_index' needs to be at least one training edge"),
        (torch.zeros(2, 3), {}, "'edge_index' needs to be of type int64.*got torch.float32"),
        (torch.tensor([[0], [-1]]), {}, "'edge_index' needs to be free of negative indices"),
        (
            torch.tensor([[0], [4]]),
            {"num_items": 4},
            "'num_items' needs to be above the largest item index, 4",
        ),
        (torch.tensor([[0, 1], [0, 1]]), {"batch_size": 0}, "'batch_size' needs to be at least 1"),
        (torch.tensor([[0, 1], [0, 1]]), {"candidates": "some"}, r"one of \['train', 'all'\].*got 'some'"),
        (torch.tensor([[0, 1], [0, 1]]), {"batch_size": 1.5}, "'batch_size' needs to be an integer"),
        (torch.tensor([[0, 1], [0, 1]]), {"batch_size": True}, "'batch_size' needs to be an integer"),
        (torch.tensor([[0, 1], [0, 1]]), {"seed": -1}, "'seed' needs to be between 0 and"),
        (torch.tensor([[0, 1], [0, 1]]), {"num_items": 2.5}, "'num_items' needs to be an integer"),
        (torch.tensor([[7, 7], [0, 1]]), {}, r"users \[7\] with all of them.*candidates='all'"),
    ],
)
def test_errors(edge_index, change, message) -> None:
    with pytest.raises(ValueError, match=message):
        TripletSampler(edge_index, **change)


def test_a_user_that_has_everything_has_no_triplet(caplog: pytest.LogCaptureFixture) -> None:
    edges = torch.tensor([[0, 0, 0, 1, 1, 2], [0, 1, 2, 0, 1, 2]])
    data = HeteroData()
    data["user"].num_nodes, data["item"].num_nodes = 3, 5
    data["user"].raw_id = IdMap(["power", "b", "c"])
    data[INTERACTS].edge_index = edges
    drawn = epoch(TripletSampler(data))
    assert sorted(drawn.user.tolist()) == [1, 1, 2]
    assert set(drawn.neg[drawn.user == 1].tolist()) == {2}
    assert "1 users have all 3 candidates" in caplog.text
    assert "['power']" in caplog.text
    assert sorted(epoch(TripletSampler(data, candidates="all")).user.tolist()) == edges[0].tolist()


def test_a_data_set_in_place_of_its_graph(data) -> None:
    with pytest.raises(ValueError, match=r"'data' needs to be a graph.*dataset\[0\]"):
        TripletSampler([data])
