"""A study resumes, and shares the runs of its parts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pygmmrec.experiment import Study, run_study

Make = Callable[..., Study]


def test_only_what_is_missing_is_trained(studied: Path, study: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    kept, lost = (studied / name / "result.json" for name in ("full/seed-1", "LightGCN/seed-2"))
    before, old = kept.stat().st_mtime_ns, json.loads(lost.read_text())
    lost.unlink()
    (lost.parent / "state.pt").unlink()
    said: list[Any] = []
    monkeypatch.setattr(
        "pygmmrec.experiment.studies.study.logger.info", lambda text, *args: said.append(text % args)
    )
    assert run_study(study(studied, "convergence")) == {}
    assert said[0] == "3 of 4 runs have their result"
    assert said[1].startswith("LightGCN/seed-2: valid recall@20")
    assert kept.stat().st_mtime_ns == before
    new = json.loads(lost.read_text())
    assert (new["test"], new["config"]) == (old["test"], old["config"])


def test_another_setting_is_not_taken_for_a_result(studied: Path, study: Make) -> None:
    with pytest.raises(ValueError, match="of other settings"):
        run_study(study(studied, "convergence", seeds=(1,), epochs=2))


def test_parts_share_runs_and_grids_have_one_seed(study: Make, tmp_path: Path) -> None:
    jobs = study(tmp_path).jobs()
    assert len(jobs) == len(set(jobs))
    assert {seed for name, seed in jobs if name == "full"} == {1, 2}
    assert {seed for name, seed in jobs if name == "mmd_weight=0.1,reduction=2"} == {1}
    grids = study(tmp_path, "alignment", grid_seeds=(5, 6)).jobs()
    assert {seed for _, seed in grids} == {5, 6}


def test_a_variant_changes_what_it_says_and_the_preset_stays(study: Make, tmp_path: Path) -> None:
    made = study(tmp_path, preset="tiktok")
    (variant,) = [each for (name, _), each in made.jobs().items() if name == "cl_weight=0.1"]
    model, settings = made.of(variant)
    assert model.__name__ == "MambaRec"
    assert settings["model"]["cl_weight"] == 0.1
    full = study(tmp_path, preset="tiktok").of(made.jobs()["full", 1])[1]
    assert {**settings["model"], "cl_weight": None} == {**full["model"], "cl_weight": None}


def test_a_run_that_fails_is_named(study: Make, tmp_path: Path) -> None:
    broken = study(tmp_path, "convergence", seeds=(1,), preset={"LightGCN": {"training": {"lr": -1.0}}})
    failed = run_study(broken)
    assert set(failed) == {"LightGCN/seed-1"}
    assert failed["LightGCN/seed-1"].startswith("ValueError: 'lr' needs to be positive")
    assert "Traceback" in (tmp_path / "LightGCN" / "seed-1" / "log.txt").read_text()
