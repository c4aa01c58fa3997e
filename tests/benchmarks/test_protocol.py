"""Protocols of the comparison: what is taken away is away, and the name says so."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.datasets import InteractionFolder
from pygmmrec.typing import INTERACTS, TEST, VALID

Script = Callable[[str], ModuleType]


@pytest.fixture
def protocol(script: Script, tiny: Path) -> Callable[..., Any]:
    return lambda **options: script("protocol").Protocol("tiny", str(tiny), **options)


def items(data: HeteroData) -> list[set[int]]:
    parts = [data[INTERACTS].edge_index, data[INTERACTS][VALID], data[INTERACTS][TEST]]
    return [set(part[1].tolist()) for part in parts]


def test_the_data_set_as_it_is(protocol: Callable[..., Any], tiny: Path) -> None:
    plain = protocol()
    assert plain.name == plain.full_name == "tiny"
    wanted = InteractionFolder(tiny)[0]
    assert torch.equal(plain.load()[INTERACTS][TEST], wanted[INTERACTS][TEST])


def test_another_split_by_its_seed(protocol: Callable[..., Any], script: Script) -> None:
    first, other = protocol(split=9), protocol().of_split(672)
    assert (first.name, first.full_name) == ("tiny", "tiny,split=9")
    assert script("protocol").parse_full_name(first.full_name) == ("tiny", 9)
    assert script("protocol").parse_full_name("tiny,cold=0.2") == ("tiny,cold=0.2", None)
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


def plan(script: Script, text: str) -> Any:
    main = script("main")
    return main.make_plan(main.parser().parse_args(text.split()))


def test_what_the_command_line_asks_for(script: Script) -> None:
    made = plan(
        script,
        "--model CRANE VBPR --dataset tiktok=a/b synthetic --missing-modality 0.3:image --cold-items 0.1 "
        "--trials 20 --budget 600 --trial-epochs 60 --splits 9 672 --seeds 1 --epochs 200",
    )
    assert made.models == ("CRANE", "VBPR")
    first, second = made.protocols
    assert (first.dataset, first.root, second.dataset, second.root) == ("tiktok", "a/b", "synthetic", None)
    assert first.name == "tiktok,missing=0.3-image,cold=0.1"
    assert (made.trials, made.budget.epochs, made.budget.seconds) == (20, 60, 600.0)
    assert (made.splits, made.seeds, made.epochs) == ((9, 672), (1,), 200)
    whole = plan(script, "--dataset tiktok --root x --epochs 30")
    assert whole.protocols[0].root == "x"
    assert (whole.splits, whole.trials, whole.budget.epochs) == ((None,), 0, 30)
    assert len(whole.models) > 10


def test_what_contradicts_itself(script: Script) -> None:
    with pytest.raises(ValueError, match="--root is of one data set"):
        plan(script, "--dataset a=b c=d --root e")
    with pytest.raises(ValueError, match="Seed 0 is that of the trials"):
        plan(script, "--trials 5 --seeds 0 1")
