"""A bundle answers as the model did, in this process and in another; a damaged one is refused."""

import inspect
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch_geometric.data import HeteroData

import pygmmrec
from pygmmrec import models
from pygmmrec.bundles.manifest import MANIFEST, Manifest
from pygmmrec.models import BPRMF, LightGCN, Recommender
from pygmmrec.models.closed import ClosedForm
from pygmmrec.serving import Served, load
from pygmmrec.training import fit, load_weights, save_weights

NAMES = [name for name in models.__all__ if name != "Recommender"]
QUICK = {"epochs": 1, "batch_size": 64, "lr": 1e-2, "device": "cpu", "progress": False}
KEPT = Path(__file__).parent / "bundles"


def agrees(rec: Served, model: Recommender, data: HeteroData, k: int = 7) -> bool:
    """Whether the answers for all users are those of the model."""
    ids = list(data["user"].raw_id.ids)
    items, scores = model.recommend(data, ids, k, exclude="train")
    found = rec.recommend(ids, k)
    assert found["user"].to_pylist() == [user for user in ids for _ in range(k)]
    assert found["rank"].to_pylist() == list(range(1, k + 1)) * len(ids)
    same = found["item"].to_pylist() == items.reshape(-1).tolist()
    return same and bool(np.allclose(found["score"].to_numpy(), scores.view(-1).numpy(), rtol=0, atol=1e-6))


@pytest.mark.parametrize("name", NAMES)
def test_a_loaded_model_answers_as_the_trained_one(name: str, named: HeteroData, tmp_path: Path) -> None:
    kind: type[Recommender] = getattr(models, name)
    data = kind.prepare(named)
    small = {"embedding_dim": 8} if "embedding_dim" in inspect.signature(kind).parameters else {}
    model = kind.from_data(data, **small)
    fit(model, data, output=tmp_path, **QUICK)
    rec = load(tmp_path)
    assert type(rec.model) is kind
    assert repr(rec.model) == repr(model)
    assert rec.model.rows_of == model.rows_of
    assert not rec.model.training
    assert agrees(rec, model, data)
    if isinstance(model, ClosedForm):
        return
    user, item = "u3", rec.recommend("u3", 1)["item"][0].as_py()
    assert rec.explain(user, item).score == pytest.approx(
        rec.recommend("u3", 1)["score"][0].as_py(), abs=1e-6
    )


def test_in_another_process(folder: Path, served: Served) -> None:
    script = (
        "import sys, json, pygmmrec as pg; table = pg.load(sys.argv[1]).recommend(['u3', 'u0'], 5);"
        "json.dump(table.to_pylist(), sys.stdout)"
    )
    command = [sys.executable, "-c", script, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert json.loads(done.stdout) == served.recommend(["u3", "u0"], 5).to_pylist()


def test_nothing_is_unpickled_and_no_generator_moves(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("unpickled")

    for name in ("pickle.load", "pickle.loads", "pickle.Unpickler", "torch.load"):
        monkeypatch.setattr(name, fail)
    before = torch.get_rng_state()
    load(str(folder)).recommend("u0")
    assert torch.equal(torch.get_rng_state(), before)


def test_the_package_offers_it_and_says_what_it_is(folder: Path, served: Served) -> None:
    assert pygmmrec.load is load
    assert repr(served) == "Served(LightGCN, 60 users, 80 items, cpu)"
    assert served.manifest is not None
    assert (served.manifest.dataset, served.manifest.seed) == ("small", 0)
    assert served.manifest.prepared == served.data["prepared_by"]


def test_weights_may_be_taken_out_of_it(served: Served, named: HeteroData, tmp_path: Path) -> None:
    save_weights(served.model, tmp_path / "model.safetensors", served.data)
    other = LightGCN.from_data(named, embedding_dim=8)
    load_weights(other, tmp_path / "model.safetensors", named)
    assert torch.equal(other.user_embedding.weight, served.model.user_embedding.weight)
    assert served.model.weights_seed() == {"weights": None, "weights_by": "given"}


def test_double_precision_stays(named: HeteroData, tmp_path: Path) -> None:
    data = BPRMF.prepare(named)
    model = BPRMF.from_data(data, embedding_dim=4).double()
    fit(model, data, output=tmp_path, **QUICK)
    rec = load(tmp_path)
    assert rec.embeddings.item.dtype == torch.float64
    assert agrees(rec, model, data)


class Mine(LightGCN):
    """A model of somebody's own."""

    class Inner(BPRMF):
        """Another one."""


def test_a_class_of_ones_own_is_given(named: HeteroData, tmp_path: Path) -> None:
    model, data = Mine.from_data(named, embedding_dim=4), Mine.prepare(named)
    fit(model, data, output=tmp_path, **QUICK)
    with pytest.raises(ValueError, match=r"pygmmrec\.models .*Mine.*load\(path, model=Mine\)"):
        load(tmp_path)
    with pytest.raises(ValueError, match=r"the class of the bundle's model, Mine .*LightGCN"):
        load(tmp_path, model=LightGCN)
    assert agrees(load(tmp_path, model=Mine), model, data)


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copy"))


FILES = [
    "embeddings.safetensors",
    "graph.json",
    "graph.safetensors",
    "items.parquet",
    "model.safetensors",
    "users.parquet",
]


DAMAGES = [(name, damage) for damage in ("cut", "changed", "gone") for name in FILES]
DAMAGES.remove(("embeddings.safetensors", "gone"))  # they are computed then


@pytest.mark.parametrize(("name", "damage"), DAMAGES)
def test_a_damaged_file_is_refused_by_its_name(name: str, damage: str, copied: Path) -> None:
    path = copied / name
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.unlink()
    if damage != "gone":
        path.write_bytes(raw[:-1] if damage == "cut" else raw)
    state = "missing" if damage == "gone" else "damaged"
    with pytest.raises(ValueError, match=rf"whose file '{name}' is there.*{state}"):
        load(copied)


@pytest.mark.parametrize("name", [name for name in FILES if name != "embeddings.safetensors"])
def test_a_file_without_a_digest_is_not_read(name: str, copied: Path) -> None:
    manifest = Manifest.load(copied)
    del manifest.files[name]
    manifest.save(copied)
    with pytest.raises(ValueError, match=rf"a digest.*{name}"):
        load(copied)


def test_embeddings_without_a_digest_are_ignored(copied: Path, served: Served) -> None:
    manifest = Manifest.load(copied)
    del manifest.files["embeddings.safetensors"]
    manifest.save(copied)
    path = copied / "embeddings.safetensors"
    told = safe_open(path, framework="pt").metadata()
    turned = {name: -value for name, value in load_file(path).items()}
    save_file(turned, path, told)
    assert load(copied).recommend("u3").equals(served.recommend("u3"))


def counted(rec: Served, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The forward passes of a model, as they come."""
    calls: list[str] = []
    forward = rec.model.forward

    def spying(data: HeteroData) -> Any:
        calls.append("forward")
        return forward(data)

    monkeypatch.setattr(rec.model, "forward", spying)
    return calls


def test_a_bundle_answers_without_a_forward_pass(
    folder: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    rec = load(folder)
    calls = counted(rec, monkeypatch)
    found = rec.recommend("u3"), rec.similar_items(1003), rec.similar_users("u3")
    assert found == (served.recommend("u3"), served.similar_items(1003), served.similar_users("u3"))
    assert calls == []
    assert torch.equal(rec.embeddings.item, rec.model(rec.data).item)


def test_embeddings_that_are_missing_or_of_something_else_are_computed(
    copied: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = Manifest.load(copied)
    replace(manifest, config={**manifest.config, "num_layers": 1}).save(copied)
    other = load(copied)
    calls = counted(other, monkeypatch)
    assert not torch.allclose(other.embeddings.item, served.embeddings.item)
    assert calls == ["forward"]
    (copied / "embeddings.safetensors").unlink()
    manifest.save(copied)
    rec = load(copied)
    calls = counted(rec, monkeypatch)
    assert rec.recommend("u3").equals(served.recommend("u3"))
    assert calls == ["forward"]


def test_a_folder_that_is_no_bundle_is_refused(copied: Path) -> None:
    (copied / MANIFEST).unlink()
    with pytest.raises(ValueError, match=r"a bundle, with a file bundle\.json"):
        load(copied)
    with pytest.raises(ValueError, match="an existing folder"):
        load(copied / "nowhere")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": 2}, "a bundle of format 1 .*of format 2"),
        ({"model": {"module": "os", "name": "system"}}, r"pygmmrec\.models .*os\.system"),
        ({"model": {"module": "pygmmrec.models.x", "name": "Recommender"}}, "Recommender"),
        (
            {"model": {"module": "pygmmrec.models.x", "name": "BPRMF"}},
            "whose arguments BPRMF takes.*num_layers",
        ),
        (
            {"config": {"num_users": 60}},
            r"whose arguments LightGCN takes.*num_items.*Load it with pygmmrec \d",
        ),
        ({"config": {"num_users": 60, "num_items": 80, "embedding_dim": 9}}, "in its shapes"),
        ({"config": {"num_users": 61, "num_items": 80, "embedding_dim": 8}}, "in its shapes"),
        ({"files": {}}, "a digest of 'model.safetensors'"),
    ],
)
def test_a_manifest_of_something_else_is_refused(changes: dict[str, Any], message: str, copied: Path) -> None:
    replace(Manifest.load(copied), **changes).save(copied)
    with pytest.raises(ValueError, match=message):
        load(copied)


def test_a_manifest_with_a_bit_of_damage_is_refused(copied: Path) -> None:
    path = copied / MANIFEST
    path.write_text(path.read_text().replace('"num_layers": 3', '"num_layers": 2'))
    with pytest.raises(ValueError, match=r"a file bundle\.json as it was written"):
        load(copied)


def test_an_argument_that_was_not_there_when_it_was_trained_is_told(
    copied: Path, served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    manifest = Manifest.load(copied)
    del manifest.config["reg_weight"]  # which is its default
    manifest.save(copied)
    assert load(copied).recommend("u0").equals(served.recommend("u0"))
    assert caplog.text == ""
    manifest.config["reg_weight"] = 0.5
    manifest.save(copied)
    load(copied)
    assert "reg_weight=0.5" in caplog.text


def test_a_device_that_is_none_is_refused(folder: Path) -> None:
    with pytest.raises(ValueError, match=r"'device' needs to be one of .* in 'load'"):
        load(folder, device="tpu")


@pytest.mark.parametrize("version", sorted(path.name for path in KEPT.iterdir()))
def test_bundles_of_earlier_versions_are_read(version: str) -> None:
    rec = load(KEPT / version)
    told = json.loads((KEPT / version / "answers.json").read_text())
    assert rec.recommend(list(rec.users.ids.ids), 3).drop_columns("score").to_pylist() == told["best"]
    scores = rec.recommend(list(rec.users.ids.ids), 3)["score"].to_numpy()
    np.testing.assert_allclose(scores, told["scores"], rtol=1e-5, atol=1e-6)
