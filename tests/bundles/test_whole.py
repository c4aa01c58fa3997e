"""Graphs that point beyond their nodes, or name two nodes alike, are refused."""

from collections.abc import Callable

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.bundles.whole import check_whole
from pygmmrec.data import build_hetero_data
from pygmmrec.models import LightGCN
from pygmmrec.typing import INTERACTS, VALID


def graph() -> HeteroData:
    pairs = [f"u{n // 3}" for n in range(12)], [n % 6 for n in range(12)]
    return LightGCN.prepare(build_hetero_data((*pairs, [0, 0, 1] * 4)))


def test_a_prepared_graph_is_whole() -> None:
    check_whole(graph())


def swap_ids(data: HeteroData, ids: tuple[object, ...]) -> None:
    data["user"].raw_id.__setstate__({"ids": ids})


FORGED: dict[str, tuple[Callable[[HeteroData], object], str]] = {
    "twice": (lambda data: swap_ids(data, ("a", "a", "b", "c")), "an id of a user is missing or there twice"),
    "missing": (lambda data: swap_ids(data, ("a", None, "b", "c")), "an id of a user is missing"),
    "too few": (lambda data: swap_ids(data, ("a", "b")), "4 users have other ids"),
    "edge": (lambda data: data[INTERACTS].edge_index[1].fill_(99), "edge_index are no pairs"),
    "negative": (lambda data: data[INTERACTS][VALID][0].fill_(-1), "valid_label_index are no pairs"),
    "type": (
        lambda data: data[INTERACTS].update({VALID: torch.zeros(2, 3)}),
        "valid_label_index are no pairs",
    ),
}


@pytest.mark.parametrize("what", list(FORGED))
def test_what_is_refused(what: str) -> None:
    data = graph()
    forge, why = FORGED[what]
    forge(data)
    with pytest.raises(ValueError, match=why):
        check_whole(data)


@pytest.mark.parametrize(("part", "value"), [("col", 99), ("col", -1), ("rowptr", 99), ("rowptr", -1)])
def test_a_matrix_that_would_be_read_beyond_its_end(part: str, value: int) -> None:
    data = graph()
    adjs = [store[key] for store in data.edge_stores for key in store if type(store[key]).__name__ == "Adj"]
    assert adjs
    getattr(adjs[0], part)[1] = value
    with pytest.raises(ValueError, match="is no matrix"):
        check_whole(data)
