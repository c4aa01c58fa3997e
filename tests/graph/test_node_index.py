from typing import Any

import pytest
import torch

from pygmmrec.graph.node_index import check_node_index


def test_any_order_is_fine() -> None:
    check_node_index(torch.tensor([3, 0, 2]), 4, "user", "here")


@pytest.mark.parametrize(
    ("index", "message"),
    [
        ([1], r"'nodes\['user'\]' needs to be int64 indices \[N\], at least one in 'here' \(got 'list'\)"),
        (torch.tensor([1.0]), "int64 indices"),
        (torch.tensor([True]), "int64 indices"),
        (torch.tensor([[1]]), r"int64 indices .*\[1, 1\]"),
        (torch.tensor([], dtype=torch.int64), "at least one"),
        (torch.tensor([0, 4]), r"between 0 and 3 .*\[0, 4\]"),
        (torch.tensor([-1]), "between 0 and 3"),
        (torch.tensor([2, 2]), "free of repeats"),
    ],
)
def test_what_names_no_nodes_is_an_error(index: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        check_node_index(index, 4, "user", "here")
