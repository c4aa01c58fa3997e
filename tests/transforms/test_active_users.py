import pytest
import torch

from pygmmrec.data import build_hetero_data
from pygmmrec.models import LightGCN
from pygmmrec.transforms import ActiveUsers
from pygmmrec.typing import INTERACTS, REV_INTERACTS, TEST, VALID

PAIRS = {"a": "xyzw", "b": "xyz", "c": "w", "d": "xyzwv"}
"""Items of each user: the first two train, the third validates, the others test."""


@pytest.fixture
def data():
    rows = [(user, item, min(n - 1, 2)) for user, held in PAIRS.items() for n, item in enumerate(held)]
    users, items, labels = zip(*[(user, item, max(label, 0)) for user, item, label in rows], strict=True)
    return build_hetero_data((list(users), list(items), list(labels)))


def named(data, index) -> set[tuple[str, str]]:
    user, item = index
    return set(
        zip(data["user"].raw_id.raw(user).tolist(), data["item"].raw_id.raw(item).tolist(), strict=True)
    )


@pytest.mark.parametrize(("least", "stay"), [(1, "abcd"), (3, "abd"), (4, "ad"), (5, "d")])
def test_users_with_fewer_interactions_are_left_out_with_all_they_have(data, least, stay) -> None:
    out = ActiveUsers(least)(data)
    assert "".join(out["user"].raw_id.ids) == stay
    assert out["user"].num_nodes == len(stay)
    assert out["item"].num_nodes == 5  # all of them
    for key in ("edge_index", VALID, TEST):
        expected = {pair for pair in named(data, data[INTERACTS][key]) if pair[0] in stay}
        assert named(out, out[INTERACTS][key]) == expected
    assert named(out, out[REV_INTERACTS].edge_index.flip(0)) == named(out, out[INTERACTS].edge_index)
    assert data["user"].num_nodes == 4  # the given graph is left alone


def test_errors_and_repr(data) -> None:
    assert repr(ActiveUsers(4)) == "ActiveUsers(min_interactions=4)"
    with pytest.raises(
        ValueError, match=r"'min_interactions' needs to be at least 1 in 'ActiveUsers' \(got 0\)"
    ):
        ActiveUsers(0)
    with pytest.raises(ValueError, match=r"'min_interactions' needs to be at most 5 here"):
        ActiveUsers(6)(data)
    with pytest.raises(ValueError, match="a graph that no model prepared"):
        ActiveUsers(4)(LightGCN.prepare(data))


def test_a_model_takes_what_is_left(data) -> None:
    out = LightGCN.prepare(ActiveUsers(4)(data))
    assert LightGCN.from_data(out, embedding_dim=4)(out).user.shape == torch.Size([2, 4])
