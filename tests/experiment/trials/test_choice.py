from pathlib import Path
from typing import Any

import pytest
from torch_geometric.data import HeteroData

from pygmmrec.experiment import Budget, Choice, search
from pygmmrec.models import LightGCN

SPACE = {"training": {"lr": {"log": [1e-4, 1e-2]}}}


class Mine(LightGCN):
    """A user's own."""


def test_a_search_chooses_the_best(graph: HeteroData, no_training: list[Any]) -> None:
    found = search(Mine, graph, trials=4, space=SPACE, preset={"model": {"embedding_dim": 8}})
    assert isinstance(found, Choice)
    assert found.settings == max(no_training, key=lambda settings: settings["training"]["lr"])
    assert found.settings["model"] == {"embedding_dim": 8}
    assert [trial["value"] for trial in found.trials] == [each["training"]["lr"] for each in no_training]
    assert found.value == max(trial["value"] for trial in found.trials)


def test_it_goes_on_where_it_ended(graph: HeteroData, tmp_path: Path, no_training: list[Any]) -> None:
    options: dict[str, Any] = {
        "space": SPACE,
        "storage": f"sqlite:///{tmp_path / 'a.db'}",
        "budget": Budget(1),
    }
    search("LightGCN", graph, trials=2, **options)
    assert len(search("LightGCN", graph, trials=3, **options).trials) == 3
    assert len(no_training) == 3
    with pytest.raises(ValueError, match="of another budget"):
        search("LightGCN", graph, trials=3, **{**options, "budget": Budget(2)})


def test_a_mistake_in_the_settings_is_an_error(graph: HeteroData) -> None:
    with pytest.raises(RuntimeError, match="TypeError"):
        search("LightGCN", graph, trials=1, preset={"model": {"nothing": 1}}, device="cpu")
