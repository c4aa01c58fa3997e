"""A run that goes on from an earlier one: rows and moments by raw id, and what the bundle says of it."""

from pathlib import Path

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.bundles.manifest import Manifest
from pygmmrec.data import IdMap
from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.models import BPRMF, LightGCN
from pygmmrec.training import Run, fit
from pygmmrec.training.files.state import load_state
from pygmmrec.training.files.weights import read_weights
from pygmmrec.training.start import Start
from pygmmrec.transforms.restrict_graph import restrict_graph
from pygmmrec.typing import HELD_OUT

OPTIONS = {"batch_size": 64, "device": "cpu", "progress": False, "test": False}


@pytest.fixture(scope="module")
def today() -> HeteroData:
    data = SyntheticMultimodal(num_users=60, num_items=80, seed=3)[0]
    data["user"].raw_id = IdMap([f"u{n}" for n in range(60)])
    data["item"].raw_id = IdMap([1000 + 3 * n for n in range(80)])
    return data


@pytest.fixture(scope="module")
def yesterday(today: HeteroData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run without some users and items, in another order."""
    nodes = {"user": torch.arange(50).flip(0), "item": torch.arange(10, 80)}
    data = restrict_graph(today, nodes)
    folder = tmp_path_factory.mktemp("runs") / "yesterday"
    model = LightGCN.from_data(data, seed=1, embedding_dim=8)
    fit(model, data, epochs=2, output=folder, dataset="small", **OPTIONS)
    return folder


def test_rows_and_moments_are_found_by_raw_id(today: HeteroData, yesterday: Path) -> None:
    model = LightGCN.from_data(today, seed=2, embedding_dim=8)
    drawn = {name: value.clone() for name, value in model.state_dict().items()}
    saved = read_weights(yesterday / "model.safetensors", "test").weights
    with Run(model, today, start_from=yesterday, **OPTIONS) as run:
        user, item = (model.state_dict()[f"{kind}_embedding.weight"] for kind in ("user", "item"))
        assert torch.equal(user[:50], saved["user_embedding.weight"].flip(0))
        assert torch.equal(user[50:], drawn["user_embedding.weight"][50:])
        assert torch.equal(item[10:], saved["item_embedding.weight"])
        assert torch.equal(item[:10], drawn["item_embedding.weight"][:10])
        before = load_state(yesterday / "state.pt")["optimizer"]["state"]
        now = run.optimizer.state_dict()["state"]
        for name in ("exp_avg", "exp_avg_sq"):
            assert torch.equal(now[0][name][:50], before[0][name].flip(0))
            assert torch.equal(now[1][name][10:], before[1][name])
            assert now[0][name][50:].count_nonzero() == now[1][name][:10].count_nonzero() == 0
            assert before[0][name].count_nonzero() > 0
        assert now[0]["step"] == before[0]["step"] > 0
        assert run._origin.seeds["weights_by"] == "given"


def test_lineage(today: HeteroData, yesterday: Path, tmp_path: Path) -> None:
    model = LightGCN.from_data(today, seed=2, embedding_dim=8)
    result = fit(model, today, epochs=1, output=tmp_path / "today", start_from=yesterday, **OPTIONS)
    assert result.epochs == 1
    first = Manifest.load(yesterday)
    (told,) = Manifest.load(tmp_path / "today").lineage
    assert told["weights"] == first.files["model.safetensors"]["sha256"]
    assert (told["dataset"], told["created"]) == ("small", first.created)
    assert told["kept"] == {"item": 70, "user": 50}
    assert told["trained_on"] == ["train"]
    again = LightGCN.from_data(today, seed=3, embedding_dim=8)
    fit(again, today, epochs=1, output=tmp_path / "next", start_from=tmp_path / "today", **OPTIONS)
    assert [each["dataset"] for each in Manifest.load(tmp_path / "next").lineage] == ["small", "unnamed"]


def test_another_optimiser_starts_anew(today: HeteroData, yesterday: Path, caplog) -> None:
    model = LightGCN.from_data(today, seed=2, embedding_dim=8)
    with (
        caplog.at_level("INFO"),
        Run(model, today, start_from=yesterday, optimizer="AdamW", **OPTIONS) as run,
    ):
        assert run.optimizer.state_dict()["state"] == {}
    assert "the optimiser starts anew" in caplog.text
    assert "50 users keep their rows, 10 are new, 0 are gone" in caplog.text


def test_what_is_refused(today: HeteroData, yesterday: Path, tmp_path: Path) -> None:
    for model, message in (
        (BPRMF.from_data(today, embedding_dim=8), "of the class of 'start_from', LightGCN"),
        (LightGCN.from_data(today, embedding_dim=4), "'embedding_dim': 8"),
    ):
        with pytest.raises(ValueError, match=message):
            Start(yesterday, model, today)
    with pytest.raises(ValueError, match="bundle"):
        Start(tmp_path, LightGCN.from_data(today), today)
    nameless = SyntheticMultimodal(num_users=60, num_items=80, seed=3)[0]
    for kind in ("user", "item"):
        nameless[kind].pop("raw_id", None)
    with pytest.raises(ValueError, match="raw ids of its items"):
        Start(yesterday, LightGCN.from_data(nameless, embedding_dim=8), nameless)


def test_training_on_everything_before_deployment(today: HeteroData, tmp_path: Path) -> None:
    model = LightGCN.from_data(today, seed=2, embedding_dim=8)
    options = {**OPTIONS, "test": None, "valid": None}
    result = fit(model, today, epochs=2, output=tmp_path / "all", **options)
    assert (result.best_epoch, result.epochs, result.valid, result.test) == (2, 2, {}, {})
    assert result.config["training"]["trained_on"] == ["train", "valid", "test"]
    assert Manifest.load(tmp_path / "all").data == result.data
    assert Manifest.load(tmp_path / "all").trained_on == ["train", "valid", "test"]
    later = LightGCN.from_data(today, seed=3, embedding_dim=8)
    fit(later, today, epochs=1, output=tmp_path / "later", start_from=tmp_path / "all", **OPTIONS)
    (told,) = Manifest.load(tmp_path / "later").lineage
    assert told["trained_on"] == ["train", "valid", "test"]
    assert result.data["split"] == "GivenSplit(), trained on valid and test as well"
    with Run(LightGCN.from_data(today, seed=2), today, **options) as run:
        trained = run.data["user", "interacts", "item"]
        held = [today["user", "interacts", "item"][name] for name in HELD_OUT]
        edges = today["user", "interacts", "item"].edge_index
        assert trained.num_edges == torch.cat([edges, *held], dim=1).unique(dim=1).size(1)
    with pytest.raises(ValueError, match="'valid' needs to be True or None"):
        Run(model, today, valid=False)
