"""The commands of the studies of CRANE and MambaRec, and what their parts are made of."""

import copy
import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

import pygmmrec.models
from pygmmrec.experiment.settings.preset import look, put
from pygmmrec.experiment.studies.parts import Plan, folder

DIMS = {"image": 16, "text": 12}
Script = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def plans(script: Script) -> dict[str, Plan]:
    """The two studies by their model."""
    found: dict[str, Plan] = script("study").PLANS
    return found


def test_the_command_of_a_study(
    script: Script, tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(*arguments: object) -> None:
        monkeypatch.setattr(sys, "argv", ["study.py", "CRANE", *map(str, arguments)])
        script("study").main()

    monkeypatch.setattr("pygmmrec.training.outputs.plot_curves", lambda *args, **kwargs: True)
    of = ("--parts", "convergence", "--seeds", 1, "--dataset", "folder", "--root", tiny, "--output", tmp_path)
    call(*of, "--epochs", 1, "--device", "cpu")
    with (tmp_path / "report" / "convergence.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["variant"] for row in rows] == ["full model", "FREEDOM", "LightGCN"]
    assert json.loads((tmp_path / "full" / "seed-1" / "result.json").read_text())["model"] == "CRANE"
    call("--results", tmp_path / "report" / "raw", "--report", tmp_path / "again")
    for name in ("convergence.csv", "convergence.png", "notes.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "report" / name).read_bytes()
    for wrong in (("--parts", "nothing"), ("--results", tmp_path / "nothing"), (*of, "--epochs", 2)):
        with pytest.raises(SystemExit):
            call(*wrong)


@pytest.mark.parametrize("variant", ["CRANE", "MambaRec", "MambaRec released"])
def test_every_variant_builds_and_differs_by_what_it_says(variant: str, plans: dict[str, Plan]) -> None:
    model, _, form = variant.partition(" ")
    cls = getattr(pygmmrec.models, model)
    base = cls(6, 7, DIMS, **({"variant": form} if form else {})).config
    for part in plans[model].parts.values():
        variants = part.variants(base)
        folders = [folder(each, base) for each in variants]
        assert len(set(folders)) == len(folders)
        for each, name in zip(variants, folders, strict=True):
            if each.model is None:
                settings = copy.deepcopy(base)
                for key, value in each.changes.items():
                    put(settings, key, value)
                config = cls(**settings).config
                differ = {key for key in base if config[key] != base[key]}
                changed = {key for key, value in each.changes.items() if look(base, key) != value}
                assert differ == {key.partition(".")[0] for key in changed}
                assert (name == "full") == (not differ)


def test_folders_are_named_by_what_differs(plans: dict[str, Plan]) -> None:
    def folders(model: str, part: str, **changes: object) -> list[str]:
        base = getattr(pygmmrec.models, model)(6, 7, DIMS, **changes).config
        return [folder(variant, base) for variant in plans[model].parts[part].variants(base)]

    single = ["modality_dims=image", "modality_dims=text"]
    assert folders("CRANE", "ablation") == [
        "full",
        "num_ii_layers=0",
        "num_rounds=1",
        "num_rounds=0",
        "num_ui_layers=0,num_ii_layers=0",
        "cl_weight=0",
        "late_fusion=True",
        "LightGCN",
    ]
    static = [*single, "fusion=sum", "fusion=average"]
    of_fusion = ["full", *(f"num_rounds=0,{name}" for name in static)]
    of_fusion.insert(3, "num_rounds=0")  # concatenation, as in the full model
    assert folders("CRANE", "fusion") == of_fusion
    assert folders("CRANE", "aggregation") == [
        "full",
        *(f"profile_aggr={aggr}" for aggr in ("mean", "max", "attention")),
    ]
    assert folders("CRANE", "convergence") == ["full", "FREEDOM", "LightGCN"]
    assert len(folders("CRANE", "rounds", k=10)) == 16
    assert {"num_rounds=1", "k=5", "num_rounds=4,k=20", "full"} <= set(folders("CRANE", "rounds", k=10))

    alone = ["local_alignment=False", "mmd_weight=0", "cl_weight=0", "mmd_weight=0,cl_weight=0", *single]
    assert folders("MambaRec", "ablation") == ["full", *alone, "contrast=behaviour", "LightGCN"]
    assert folders("MambaRec", "ablation", contrast="behaviour")[-2:] == ["contrast=modality", "LightGCN"]
    assert folders("MambaRec", "contrast") == [
        "full" if weight == 0.01 else f"cl_weight={weight}"
        for weight in (0.0001, 0.001, 0.005, 0.01, 0.05, 0.1)
    ]
    assert folders("MambaRec", "reduction") == [
        "reduction=1",
        "reduction=2",
        "reduction=4",
        "full",
        "reduction=16",
    ]
    assert folders("MambaRec", "bandwidth") == ["bandwidth=1.0", "full", "bandwidth=2.0"]
    assert folders("MambaRec", "regularisation") == ["full", "reg_weight=0.001", "reg_weight=0.01"]
    assert folders("MambaRec", "distance") == [
        "full",
        "bandwidth=medians",
        "bandwidth=medians,mmd_rows=raw",
        "mmd_weight=0",
    ]
    assert len(folders("MambaRec", "alignment")) == 25
    assert {"mmd_weight=0.05", "mmd_weight=0.25,reduction=16"} < set(folders("MambaRec", "alignment"))


@pytest.mark.parametrize("form", ["entity", "feature", "bucket", "FREEDOM", "LightGCN"])
def test_cost_of_an_epoch(form: str, tmp_path: Path, script: Script) -> None:
    cost = script("crane_cost")
    model = {"modality_dims": {"image": 6, "text": 5}, "embedding_dim": 8, "num_ui_layers": 2, "k": 3}
    settings = {"model": model, "batch_size": 64, "device": "cpu"}
    path = cost.cost_file(tmp_path, form, 120)
    assert not cost.is_measured(path, settings)
    cost.measure_cost(form, 120, path, settings)
    report = json.loads(path.read_text())
    assert (report["form"], report["entities"], report["edges"]) == (form, 120, 60 * 6)
    assert report["seconds"] > 0
    assert cost.is_measured(path, settings)
    with pytest.raises(ValueError, match="of other settings"):
        cost.is_measured(path, {**settings, "batch_size": 32})
