from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.serving.seen import Seen
from pygmmrec.typing import INTERACTS, TEST, VALID


@pytest.fixture
def seen(toy_data: Callable[..., HeteroData], edge_index: Tensor) -> Seen:
    data = toy_data(edge_index, 5, 4)
    data[INTERACTS][VALID] = torch.tensor([[3, 0], [1, 2]])
    data[INTERACTS][TEST] = torch.tensor([[4, 0], [0, 3]])
    return Seen(data)


@pytest.mark.parametrize(
    ("exclude", "found"),
    [
        ("train", [(0, 0), (0, 1), (3, 0), (3, 2)]),
        ("train+val", [(0, 0), (0, 1), (0, 2), (3, 0), (3, 1), (3, 2)]),
        ("all", [(0, 0), (0, 1), (0, 2), (0, 3), (3, 0), (3, 1), (3, 2), (4, 0)]),
    ],
)
def test_what_some_users_have(seen: Seen, exclude: str, found: list[tuple[int, int]]) -> None:
    for _ in range(2):
        pairs = seen.pairs(torch.tensor([3, 0, 4, 3]), exclude)  # type: ignore[arg-type]
        assert pairs is not None
        assert sorted(map(tuple, pairs.t().tolist())) == found
        assert pairs[0].tolist() == sorted(pairs[0].tolist())


def test_nothing_is_left_out_where_that_is_asked(seen: Seen) -> None:
    assert seen.pairs(torch.tensor([0]), None) is None
    with pytest.raises(
        ValueError, match=r"'exclude' needs to be None or one of \['train', 'train\+val', 'all'\]"
    ):
        seen.pairs(torch.tensor([0]), "test")  # type: ignore[arg-type]


def test_items_of_a_user(seen: Seen) -> None:
    assert seen.items(torch.tensor([3])).tolist() == [0, 2]
    assert seen.items(torch.tensor([4])).tolist() == []
