import pytest
import torch
from torch import nn

from pygmmrec.nn import NodeTable


def test_it_is_an_embedding_drawn_in_the_same_way() -> None:
    torch.manual_seed(3)
    expected = nn.Embedding(4, 3)
    after = torch.rand(1)
    torch.manual_seed(3)
    table = NodeTable("user", 4, 3)
    assert torch.equal(table.weight, expected.weight)
    assert torch.equal(torch.rand(1), after)
    assert list(table.state_dict()) == list(expected.state_dict())
    assert torch.equal(table(torch.tensor([2, 0])), expected.weight[[2, 0]])


def test_it_knows_its_nodes_and_shows_them() -> None:
    table = NodeTable("item", 4, 3)
    assert table.node_type == "item"
    assert repr(table) == "NodeTable('item', 4, 3)"


@pytest.mark.parametrize(("sizes", "arg"), [((0, 3), "num_nodes"), ((3, 0), "dim")])
def test_sizes_below_one_are_errors(sizes, arg) -> None:
    with pytest.raises(ValueError, match=rf"'{arg}' needs to be at least 1 in 'NodeTable' \(got 0\)"):
        NodeTable("user", *sizes)
