"""Every preset is one that its model, its transforms and the loop take."""

import inspect
from pathlib import Path

import pytest
import torch

import pygmmrec.models
from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.experiment.settings.preset import (
    PRESETS,
    TABLES,
    as_preset,
    datasets,
    look,
    preset,
    put,
    within,
)
from pygmmrec.experiment.settings.toml import read_toml
from pygmmrec.models.closed import ClosedForm
from pygmmrec.training import Run
from pygmmrec.training.optimizer import Schedule

FILES = sorted(PRESETS.glob("*/*.toml"))
BASELINES = (
    "VBPR",
    "DualGNN",
    "DGVAE",
    "LPIC",
    "FREEDOM",
    "LATTICE",
    "MMGCN",
    "GRCN",
    "SLMRec",
    "BM3",
    "MGCN",
    "LGMRec",
)
MODALITIES = {
    "tiktok": {"visual": 32, "acoustic": 24, "textual": 40},
    "lfm2k": {"text": 40, "audio": 24, "speech": 64},
}
"""What a data set calls its modalities, where it is not image and text."""


def identify(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def test_there_are_presets() -> None:
    amazon = {"baby", "sports", "clothing", "electronics"}
    expected = {f"{name}-{model}" for name in amazon for model in ("CRANE", "MambaRec")}
    expected |= {f"{name}-{model}" for name in {*amazon, "tiktok"} for model in BASELINES}
    expected |= {f"lfm2k-{model}" for model in ("LightGCN", "MGCN", "MambaRec")}
    assert expected | {"tiktok-CRANE", "tiktok-LightGCN", "tiktok-MambaRec"} <= set(map(identify, FILES))
    assert [path for path in PRESETS.rglob("*") if path.is_file() and path not in FILES] == []


@pytest.mark.parametrize("path", FILES, ids=identify)
def test_a_preset_builds_its_model_its_graph_and_a_step(path: Path) -> None:
    assert path.stem in pygmmrec.models.__all__
    assert path.read_text(encoding="utf-8").startswith("# "), "A preset says where its settings come from"
    found = preset(path.stem, path.parent.name)
    cls = getattr(pygmmrec.models, path.stem)
    trained = not issubclass(cls, ClosedForm)
    assert {"epochs", "lr", "batch_size", "patience"} <= set(found["training"]) or not trained
    modalities = MODALITIES.get(path.parent.name, {"image": 64, "text": 24})
    data = SyntheticMultimodal(60, 80, modalities)[0]
    data = cls.pre_transform(**found["pre_transform"])(data)
    model = cls.from_data(data, **found["model"])
    assert within(found["model"], model.config)
    assert found["training"].keys() <= inspect.signature(Run).parameters.keys()
    transform = cls.epoch_transform(**found["epoch_transform"])
    run = Run(model, data, epoch_transform=transform, progress=False, **found["training"])
    graph = next(iter(run))
    run.refresh(graph)
    if not trained:
        assert 0 <= run.validate()["recall@20"] <= 1
        return
    before = [value.detach().clone() for value in model.parameters()]
    run.step(run.loss(graph, next(iter(run.batches()))))
    assert any(not torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))
    assert all(value.isfinite().all() for value in model.parameters())


def test_a_preset_has_four_tables_and_is_a_copy() -> None:
    found = preset("CRANE", "tiktok")
    assert tuple(found) == TABLES
    file = read_toml(PRESETS / "tiktok" / "CRANE.toml")
    assert {name: values for name, values in found.items() if values} == file
    found["model"]["k"] = 99
    assert preset("CRANE", "tiktok")["model"] == file["model"]


def test_what_has_no_preset_is_an_error() -> None:
    assert datasets("LightGCN") == ["lfm2k", "tiktok"]
    with pytest.raises(
        ValueError, match=r"'dataset' needs to be one of \['lfm2k', 'tiktok'\] for 'LightGCN'"
    ):
        preset("LightGCN", "baby")
    with pytest.raises(ValueError, match=r"of the tables .* \(got \['models'\]\)"):
        as_preset({"models": {}})


def test_settings_inside_of_settings() -> None:
    settings: dict = {"model": {"rca": {"p": 1}}}
    put(settings, "model.rca.num_rounds", 2)
    put(settings, "training.lr", 0.1)
    assert settings == {"model": {"rca": {"p": 1, "num_rounds": 2}}, "training": {"lr": 0.1}}
    assert look(settings, "model.rca.num_rounds") == 2
    assert look(settings, "model.k.deeper") is None
    assert within({"model": {"rca": {"p": 1}}}, settings)
    assert not within({"model": {"rca": {"p": 2}}}, settings)
    assert not within({"model": {"k": 1}}, settings)


@pytest.mark.parametrize("dataset", ["baby", "sports", "clothing", "electronics"])
def test_mambarec_on_the_amazon_sets_is_reduced_and_decays_as_released(dataset: str) -> None:
    found = preset("MambaRec", dataset)
    model = pygmmrec.models.MambaRec(3, 4, {"image": 4096, "text": 384}, **found["model"])
    assert model.reduce.hidden_channels == {"image": 512}
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=found["training"]["lr"])
    schedule, rates = Schedule(found["training"]["scheduler"], optimizer), []
    for _ in range(101):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step(None)
    assert rates == pytest.approx([1e-3 * 0.96 ** (epoch // 50) for epoch in range(101)])
