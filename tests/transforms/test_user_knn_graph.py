import pytest
import torch

from pygmmrec.transforms import UserKNNGraph
from pygmmrec.typing import INTERACTS, available_key


@pytest.mark.parametrize(("k", "block_size"), [(3, 2), (3, 1024), (40, 1024)])
def test_against_the_dense_formula(toy_data, to_dense, k, block_size) -> None:
    """Item 4 lacks the second modality, and user 8 has nothing else in it."""
    known = torch.rand(9, 11) < 0.4
    known[8] = False
    known[8, 4] = True
    data = toy_data(known.nonzero().t(), 9, 11)
    data["item"][available_key("m1")] = torch.arange(11) != 4
    data = UserKNNGraph(k, block_size=block_size)(data)
    for name in ("m0", "m1"):
        having = known & (data["item"][available_key("m1")] if name == "m1" else True)
        users = [u for u in range(9) if having[u].any()]
        mean = {u: data["item"][name][having[u]].mean(dim=0) for u in users}
        expected = torch.zeros(9, 9, dtype=torch.float64)
        for u in users:
            cosine = {v: torch.cosine_similarity(mean[u], mean[v], dim=0).item() for v in users}
            for v in sorted(users, key=lambda v: -cosine[v])[:k]:
                expected[u, v] = max(cosine[v], 0)
        store = data["user", f"{name}_knn", "user"]
        torch.testing.assert_close(to_dense(store.edge_index, store.edge_weight, (9, 9)), expected)
        assert (store.edge_index == 8).any() == (name == "m0")


def test_more_neighbours_than_users_are_all_of_them(toy_data) -> None:
    data = UserKNNGraph(100)(toy_data())
    num_users = data[INTERACTS].edge_index[0].unique().numel()
    assert data["user", "m0_knn", "user"].edge_index.size(1) == num_users**2


def test_repr_and_errors() -> None:
    assert repr(UserKNNGraph(4)) == "UserKNNGraph(k=4)"
    with pytest.raises(ValueError, match="'k' needs to be at least 1 in 'UserKNNGraph'"):
        UserKNNGraph(0)
