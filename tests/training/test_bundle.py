"""A finished run leaves a bundle, and nothing goes wrong with the run where there can be none."""

import json
import logging
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import torch
from safetensors.torch import load_file
from torch_geometric.data import HeteroData

from pygmmrec.bundles import Manifest, load_graph
from pygmmrec.models import LightGCN
from pygmmrec.training import FitResult, Run, fit, load_weights
from pygmmrec.training.bundle import Provenance, complete_bundle, write_bundle
from pygmmrec.training.folder import OutputFolder

OPTIONS: dict[str, Any] = {"lr": 1e-2, "batch_size": 64, "device": "cpu", "progress": False, "ks": (5, 20)}
FILES = {"model.safetensors", "graph.json", "graph.safetensors", "users.parquet", "items.parquet"}
FILES |= {"embeddings.safetensors"}


def train(data: HeteroData, folder: Path, epochs: int = 1, **options: Any) -> FitResult:
    model = LightGCN.from_data(data, embedding_dim=8, seed=0)
    return fit(model, data, output=folder, epochs=epochs, **{**OPTIONS, **options})


def test_the_folder_of_a_finished_run_is_complete(prepared: HeteroData, tmp_path: Path) -> None:
    result = train(prepared, tmp_path, dataset="small", seed=3)
    manifest = Manifest.load(tmp_path)
    manifest.check_files(tmp_path)
    assert set(manifest.files) == FILES
    assert {path.name for path in tmp_path.iterdir()} >= FILES
    assert manifest.model == {"module": "pygmmrec.models.light_gcn", "name": "LightGCN"}
    assert manifest.config == result.config["model"]
    assert (manifest.dataset, manifest.seed, manifest.lineage) == ("small", 3, [])
    assert manifest.trained_on == ["train"]
    assert manifest.data == json.loads((tmp_path / "result.json").read_text())["data"]
    assert manifest.commit == result.environment["commit"]
    graph = load_graph(tmp_path)
    assert graph.metadata() == prepared.metadata()
    assert graph["user"].raw_id == prepared["user"].raw_id
    assert not set(load_file(tmp_path / "graph.safetensors")) & set(load_file(tmp_path / "model.safetensors"))


def test_the_graph_in_it_is_the_prepared_one(prepared: HeteroData, tmp_path: Path) -> None:
    raw = prepared.clone()
    for store in raw.edge_stores:
        for name in ("matrix", "edge_weight", "weighted", "symmetric"):
            store.pop(name, None)
    train(raw, tmp_path)
    manifest = Manifest.load(tmp_path)
    assert manifest.prepared is not None
    assert manifest.prepared["model"] == "LightGCN"
    assert load_graph(tmp_path)["prepared_by"] == manifest.prepared


def test_nobody_has_to_have_one(prepared: HeteroData, tmp_path: Path) -> None:
    train(prepared, tmp_path, bundle=False)
    assert not {path.name for path in tmp_path.iterdir()} & (FILES - {"model.safetensors"} | {"bundle.json"})


def test_what_cannot_be_stored_is_a_warning_and_no_bundle(
    prepared: HeteroData, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(prepared, tmp_path)
    data = prepared.clone()
    data["item"].odd = {1, 2}
    with caplog.at_level(logging.WARNING):
        result = train(data, tmp_path)
    assert "No bundle: ValueError: 'item.odd' needs to be" in caplog.text
    assert FitResult.load(tmp_path / "result.json").test == result.test
    assert not (tmp_path / "bundle.json").exists()  # nor that of the run before


def test_a_bundle_ends_with_the_weights_that_it_describes(prepared: HeteroData, tmp_path: Path) -> None:
    train(prepared, tmp_path)
    model = LightGCN.from_data(prepared, embedding_dim=8, seed=1)
    with Run(model, prepared, output=tmp_path, epochs=3, **OPTIONS) as run:
        assert Manifest.load(tmp_path).files  # nothing has changed yet
        for graph in run:
            for batch in run.batches():
                run.step(run.loss(graph, batch))
            run.validate()
            assert not (tmp_path / "bundle.json").exists()
        run.finish()
    Manifest.load(tmp_path).check_files(tmp_path)


def test_it_is_written_again_as_it_was(prepared: HeteroData, tmp_path: Path) -> None:
    result = train(prepared, tmp_path)
    before = Manifest.load(tmp_path)
    model = LightGCN.from_data(prepared, embedding_dim=8, seed=1)
    load_weights(model, tmp_path / "model.safetensors", prepared)
    write_bundle(OutputFolder(tmp_path, "here"), model, prepared, result)
    after = Manifest.load(tmp_path)
    assert {name: told["sha256"] for name, told in after.files.items()} == {
        name: told["sha256"] for name, told in before.files.items()
    }
    again = train(prepared, tmp_path, resume=True)
    assert again.test == result.test
    Manifest.load(tmp_path).check_files(tmp_path)


def test_settings_that_json_does_not_know(prepared: HeteroData, tmp_path: Path) -> None:
    result = train(prepared, tmp_path)
    result.config["model"]["sizes"] = (1, 2)
    model = LightGCN.from_data(prepared, embedding_dim=8)
    write_bundle(OutputFolder(tmp_path, "here"), model, prepared, result)
    assert Manifest.load(tmp_path).config["sizes"] == {"$tuple": [1, 2]}
    result.config["model"]["sizes"] = torch.ones(2)
    with pytest.raises(ValueError, match=r"'config\.sizes' needs to be"):
        write_bundle(OutputFolder(tmp_path, "here"), model, prepared, result)
    assert not (tmp_path / "bundle.json").exists()


def test_where_a_model_comes_from_is_said_and_a_model_that_gives_more_has_no_embeddings(
    prepared: HeteroData, tmp_path: Path
) -> None:
    class Longer(NamedTuple):
        user: torch.Tensor
        item: torch.Tensor
        more: torch.Tensor

    train(prepared, tmp_path)
    model = LightGCN.from_data(prepared, embedding_dim=8, seed=1)
    load_weights(model, tmp_path / "model.safetensors", prepared)
    rows = torch.ones(2, 8)
    origin = Provenance("small", 5, "abc", ["train", "test"], [{"dataset": "old"}])
    complete_bundle(tmp_path, model, prepared, model.config, {}, origin, Longer(rows, rows, rows))
    told = Manifest.load(tmp_path)
    assert (told.dataset, told.seed, told.commit) == ("small", 5, "abc")
    assert (told.trained_on, told.lineage) == (["train", "test"], [{"dataset": "old"}])
    assert set(told.files) == FILES - {"embeddings.safetensors"}
