import datetime

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data.ids import IdMap
from pygmmrec.training.files.saved_ids import decode_ids, encode_ids, saved_places

DAY = datetime.date(2020, 1, 2)


def graph(users: list, items: list) -> HeteroData:
    data = HeteroData()
    data["user"].raw_id, data["item"].raw_id = IdMap(users), IdMap(items)
    return data


def test_ids_come_back_as_they_were() -> None:
    users = ["a", "ä", 1, "1", 0.5, ("x", (2, "y")), 2**70]
    encoded = encode_ids(graph(users, [0, 1, 2]), {"user", "item", "word"})
    assert {name: value.dtype for name, value in encoded.items()} == dict.fromkeys(
        ["raw_id/item", "raw_id/user"], torch.uint8
    )
    assert decode_ids({**encoded, "weight": torch.ones(1)}) == {"user": tuple(users), "item": range(3)}
    assert encoded["raw_id/item"].numel() == 1  # counted, not listed
    assert encode_ids(None, {"user"}) == {}


def test_ids_that_json_does_not_know_are_told_apart() -> None:
    other = datetime.date(2020, 1, 3)
    saved = encode_ids(graph([DAY, other], [1]), {"user"})
    assert decode_ids(saved)["user"] == (("date", repr(DAY)), ("date", repr(other)))
    assert saved_places(saved, graph([other, DAY], [1]), "", "here")["user"].tolist() == [1, 0]
    with pytest.raises(ValueError, match="users of these weights"):
        saved_places(saved, graph([DAY, "2020-01-03"], [1]), "", "here")


def test_only_what_has_moved_has_places() -> None:
    saved = encode_ids(graph(["a", "b"], [5, 6, 7]), {"user", "item"})
    places = saved_places(saved, graph(["a", "b"], [7, 5, 6]), "", "here")
    assert {kind: place.tolist() for kind, place in places.items()} == {"item": [2, 0, 1]}
    assert saved_places({}, None, "", "here") == {}


def test_other_ids_are_errors() -> None:
    saved = encode_ids(graph(["a", "b"], range(3)), {"user", "item"})
    with pytest.raises(ValueError, match=r"items of these weights .*'it lacks 1, such as 2'\). Do"):
        saved_places(saved, graph(["a", "b"], range(2)), "Do so", "here")
    with pytest.raises(ValueError, match="'data' needs to be a graph with the raw ids of its items"):
        saved_places(saved, None, "", "here")
