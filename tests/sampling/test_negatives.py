import pytest
import torch
from scipy.stats import chisquare
from torch import Tensor

from pygmmrec.sampling.negatives import (
    UniformNegatives,
    uniform_negatives_ref,
    users_without_negatives,
)


@pytest.fixture
def edges() -> Tensor:
    """Eleven items of which 0, 4 and 10 have no edge; user 1 has no edge, user 3 all items but one."""
    items = {0: [3], 2: [9, 1, 2], 3: [1, 2, 3, 5, 6, 7, 8], 4: [1, 9], 5: [5, 6, 7]}
    pairs = [(user, item) for user, group in items.items() for item in group]
    order = torch.randperm(len(pairs), generator=torch.Generator().manual_seed(0))
    return torch.tensor(pairs)[order].t()


@pytest.mark.parametrize("kind", ["train", "all"])
@pytest.mark.parametrize("twin", [False, True])
def test_uniform_over_exactly_the_items_that_are_allowed(edges, kind, twin) -> None:
    candidates = edges[1].unique() if kind == "train" else torch.arange(11)
    generator = torch.Generator().manual_seed(7)
    rounds = 400 if twin else 3000
    for user in edges[0].unique().tolist():
        users = torch.full((rounds,), user)
        if twin:
            drawn = uniform_negatives_ref(edges, candidates, users, generator)
        else:
            drawn = UniformNegatives(edges, candidates)(users, generator)
        allowed = sorted(set(candidates.tolist()) - set(edges[1, edges[0] == user].tolist()))
        count = torch.bincount(drawn, minlength=11)
        assert count.nonzero().flatten().tolist() == allowed
        assert len(allowed) == 1 or chisquare(count[allowed].numpy()).pvalue > 1e-3


def test_each_draw_maps_to_its_own_allowed_item(edges, monkeypatch) -> None:
    negatives = UniformNegatives(edges, torch.arange(11))
    for user in edges[0].unique().tolist():
        allowed = [item for item in range(11) if item not in edges[1, edges[0] == user].tolist()]
        draws = torch.arange(len(allowed))
        monkeypatch.setattr(torch, "randint", lambda *_, draws=draws, **__: draws)
        assert negatives(torch.full_like(draws, user), torch.Generator()).tolist() == allowed


def test_a_large_random_graph_never_gives_a_positive() -> None:
    edges = torch.randint(300, (2, 20_000), generator=torch.Generator().manual_seed(4))  # with repetitions
    negatives = UniformNegatives(edges, torch.arange(300))
    positives = set((edges[0] * 300 + edges[1]).tolist())
    for seed in range(5):
        drawn = negatives(edges[0], torch.Generator().manual_seed(seed))
        assert positives.isdisjoint((edges[0] * 300 + drawn).tolist())


def test_a_user_without_edges_may_draw_anything(edges) -> None:
    drawn = UniformNegatives(edges, torch.arange(11))(torch.full((500,), 1), torch.Generator().manual_seed(0))
    assert drawn.unique().tolist() == list(range(11))


def test_a_user_with_every_candidate_is_named(edges) -> None:
    edges = torch.cat([edges, torch.tensor([[3], [9]])], dim=1)
    with pytest.raises(ValueError, match=r"negative.*user 3 with all 8 candidates.*more items"):
        UniformNegatives(edges, edges[1].unique())
    UniformNegatives(edges, torch.arange(11))


def test_edges_outside_the_candidates_are_an_error(edges) -> None:
    with pytest.raises(ValueError, match="'candidates' needs to be all items of the edges, or more"):
        UniformNegatives(edges, torch.arange(9))


def test_repr(edges) -> None:
    assert repr(UniformNegatives(edges, torch.arange(11))) == "UniformNegatives(num_candidates=11)"


def test_users_that_have_everything() -> None:
    edges = torch.tensor([[0, 0, 0, 1, 1, 2, 2, 2], [0, 1, 2, 0, 1, 1, 1, 2]])
    assert users_without_negatives(edges, 3).tolist() == [0]  # user 2 has one of them twice
    assert users_without_negatives(edges, 2).tolist() == [1, 2]
    assert users_without_negatives(edges, 4).tolist() == []
