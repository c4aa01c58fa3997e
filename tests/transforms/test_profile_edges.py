import torch

from pygmmrec.transforms import AdaptiveDropEdge, BipartiteNorm, ProfileEdges, ToAdj
from pygmmrec.typing import INTERACTS, PROFILES, REV_INTERACTS


def test_profiles_are_all_training_edges_from_item_to_user(toy_data) -> None:
    data = toy_data()
    out = ProfileEdges()(data)
    assert torch.equal(out[PROFILES].edge_index, data[INTERACTS].edge_index.flip(0)[:, data_order(data)])
    assert PROFILES not in data.edge_types
    assert repr(ProfileEdges()) == "ProfileEdges()"


def data_order(data) -> torch.Tensor:
    """Edges sorted by item, then user."""
    user, item = data[INTERACTS].edge_index
    return torch.argsort(item * data["user"].num_nodes + user)


def test_an_epoch_leaves_profiles_alone(toy_data) -> None:
    data = ToAdj()(ProfileEdges()(BipartiteNorm()(toy_data())))
    before = data[PROFILES].matrix
    for transform in (AdaptiveDropEdge(0.6), BipartiteNorm(), ToAdj()):
        data = transform(data)
    assert data[REV_INTERACTS].edge_index.size(1) < before.nnz
    assert data[PROFILES].matrix is before
    assert before.value.eq(1).all()


def test_profiles_of_other_edges_take_the_matrix_away(toy_data) -> None:
    data = ToAdj()(ProfileEdges()(toy_data()))
    thin = ToAdj()(ProfileEdges()(AdaptiveDropEdge(0.5)(data)))
    assert thin[PROFILES].matrix.nnz == thin[INTERACTS].edge_index.size(1) < data[PROFILES].matrix.nnz
