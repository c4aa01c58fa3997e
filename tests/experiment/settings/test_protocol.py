"""Protocols of the comparison: what is taken away is away, and the name says so."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.datasets import InteractionFolder
from pygmmrec.experiment.settings.protocol import Protocol, as_protocols, parse_full_name
from pygmmrec.typing import INTERACTS, REV_INTERACTS, TEST, VALID


@pytest.fixture
def protocol(tiny: Path) -> Callable[..., Any]:
    return lambda **options: Protocol("tiny", str(tiny), **options)


def items(data: HeteroData) -> list[set[int]]:
    parts = [data[INTERACTS].edge_index, data[INTERACTS][VALID], data[INTERACTS][TEST]]
    return [set(part[1].tolist()) for part in parts]


def test_the_data_set_as_it_is(protocol: Callable[..., Any], tiny: Path) -> None:
    plain = protocol()
    assert plain.name == plain.full_name == "tiny"
    wanted = InteractionFolder(tiny)[0]
    assert torch.equal(plain.load()[INTERACTS][TEST], wanted[INTERACTS][TEST])


def test_a_published_set_is_known_by_its_name(real_data: Path, tiny: Path) -> None:
    for name, counts in (("tiktok", (9308, 6710)), ("lfm2k", (1858, 1425))):
        data = Protocol(name, str(real_data / name)).load()
        assert (data["user"].num_nodes, data["item"].num_nodes) == counts
        with pytest.raises(ValueError, match="'root' needs to be"):
            Protocol(name, str(tiny)).load()


def test_another_split_by_its_seed(protocol: Callable[..., Any]) -> None:
    first, other = protocol(split=9), protocol().of_split(672)
    assert (first.name, first.full_name) == ("tiny", "tiny,split=9")
    assert parse_full_name(first.full_name) == ("tiny", 9)
    assert parse_full_name("tiny,cold=0.2") == ("tiny,cold=0.2", None)
    one, two = first.load()[INTERACTS][TEST], other.load()[INTERACTS][TEST]
    assert not torch.equal(one, two)
    assert torch.equal(one, first.load()[INTERACTS][TEST])


def test_cold_items_have_no_training_edge_and_are_the_only_test_items(protocol: Callable[..., Any]) -> None:
    cold = protocol(cold=0.2)
    assert cold.full_name == "tiny,cold=0.2"
    train, valid, test = items(cold.load())
    assert not train & test
    assert not train & valid
    assert not valid & test
    assert len(valid) == len(test) == 5  # of 50 items
    assert items(cold.of_split(1).load())[2] != test


def test_users_of_few_interactions_are_left_out_before_the_split(protocol: Callable[..., Any]) -> None:
    whole = protocol().load()
    few = whole[INTERACTS].edge_index[0] < 10  # these lose all but their held-out pairs
    for edge_type, keep in ((INTERACTS, ~few), (REV_INTERACTS, whole[REV_INTERACTS].edge_index[1] >= 10)):
        for key in whole[edge_type].edge_attrs():
            whole[edge_type][key] = whole[edge_type][key][..., keep]
    some = Protocol("mine", data=whole, min_interactions=4, split=9)
    assert some.full_name == "mine,min_interactions=4,split=9"
    assert some.load()["user"].num_nodes == 30
    assert some.load()["item"].num_nodes == 50
    assert Protocol("mine", data=whole).load()["user"].num_nodes == 40


def test_some_items_lose_a_modality(protocol: Callable[..., Any]) -> None:
    lossy = protocol(missing=0.4, modality="image", split=3)
    assert lossy.full_name == "tiny,missing=0.4-image,split=3"
    data = lossy.load()
    assert int((~data["item"].image_available).sum()) == 20
    assert "text_available" not in data["item"]
    assert protocol(missing=0.4).name == "tiny,missing=0.4"
    lost = [
        int((~protocol(missing=0.4).load()["item"][f"{name}_available"]).sum()) for name in ("image", "text")
    ]
    assert sum(lost) == 20
    assert min(lost) > 0


def test_a_graph_of_ones_own_is_split_and_thinned_out_the_same_way(protocol: Callable[..., Any]) -> None:
    own = Protocol("mine", data=protocol().load())
    assert torch.equal(own.of_split(9).load()[INTERACTS][TEST], protocol(split=9).load()[INTERACTS][TEST])
    assert own.of_split(9).full_name == "mine,split=9"
    assert own.load() is own.data


def test_data_in_all_forms(tiny: Path) -> None:
    graph = InteractionFolder(tiny)[0]
    (one,) = as_protocols(graph)
    assert (one.name, one.data) == ("data", graph)
    assert [each.name for each in as_protocols({"a": graph, "b": graph})] == ["a", "b"]
    assert [each.name for each in as_protocols("synthetic")] == ["synthetic"]
    assert [each.name for each in as_protocols([Protocol("tiny", str(tiny)), "tiktok"])] == ["tiny", "tiktok"]
    with pytest.raises(ValueError, match="of different names"):
        as_protocols([Protocol("a"), Protocol("a", split=1)])
    with pytest.raises(ValueError, match="at least one graph"):
        as_protocols([])
    for name in ("", "a/b", "a,split=1"):
        with pytest.raises(ValueError, match="'dataset' needs to be a name"):
            as_protocols({name: graph})
