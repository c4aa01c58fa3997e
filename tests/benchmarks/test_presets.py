"""Every preset is one that its model, its transforms and the loop take."""

import importlib
import inspect
import sys
from pathlib import Path

import pytest
import torch

import pygmmrec.models
from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.training import Run

tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

PRESETS = Path(__file__).parents[2] / "benchmarks" / "accuracy" / "presets"
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
MODALITIES = {"tiktok": {"visual": 32, "acoustic": 24, "textual": 40}}
"""What a data set calls its modalities, where it is not image and text."""


def identify(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def test_there_are_presets() -> None:
    amazon = {"baby", "sports", "clothing", "electronics"}
    expected = {f"{name}-{model}" for name in amazon for model in ("CRANE", "MambaRec")}
    expected |= {f"{name}-{model}" for name in {*amazon, "tiktok"} for model in BASELINES}
    assert expected | {"tiktok-CRANE", "tiktok-LightGCN", "tiktok-MambaRec"} <= set(map(identify, FILES))
    assert [path for path in PRESETS.rglob("*") if path.is_file() and path not in FILES] == []


@pytest.mark.parametrize("path", FILES, ids=identify)
def test_a_preset_builds_its_model_its_graph_and_a_step(path: Path) -> None:
    assert path.stem in pygmmrec.models.__all__
    text = path.read_text(encoding="utf-8")
    assert text.startswith("# "), "A preset says where its settings come from"
    preset = tomllib.loads(text)
    assert set(preset) <= {"model", "pre_transform", "epoch_transform", "training"}
    assert {"epochs", "lr", "batch_size", "patience"} <= set(preset["training"])

    cls = getattr(pygmmrec.models, path.stem)
    modalities = MODALITIES.get(path.parent.name, {"image": 64, "text": 24})
    data = SyntheticMultimodal(60, 80, modalities)[0]
    data = cls.pre_transform(**preset.get("pre_transform", {}))(data)
    model = cls.from_data(data, **preset.get("model", {}))
    assert preset.get("model", {}).items() <= model.config.items()
    assert preset["training"].keys() <= inspect.signature(Run).parameters.keys()
    transform = cls.epoch_transform(**preset.get("epoch_transform", {}))
    run = Run(model, data, epoch_transform=transform, progress=False, **preset["training"])
    graph = next(iter(run))
    model.refresh(graph)
    before = [value.detach().clone() for value in model.parameters()]
    run.step(run.loss(graph, next(iter(run.batches()))))
    assert any(not torch.equal(old, new) for old, new in zip(before, model.parameters(), strict=True))
    assert all(value.isfinite().all() for value in model.parameters())
