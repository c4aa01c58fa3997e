"""Every model has a space, and every space is one that its model, its transforms and the loop take."""

import itertools
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from optuna.samplers import RandomSampler

import pygmmrec.models
from pygmmrec.datasets import SyntheticMultimodal

SPACES = Path(__file__).parents[2] / "benchmarks" / "accuracy" / "spaces"
MODELS = [name for name in pygmmrec.models.__all__ if name != "Recommender"]


@pytest.mark.parametrize("model", MODELS)
def test_a_model_has_a_space_of_settings_that_it_takes(
    model: str, script: Callable[[str], ModuleType]
) -> None:
    space, preset_run = script("space"), script("preset_run")
    assert (SPACES / f"{model}.toml").read_text(encoding="utf-8").startswith("# "), "A space names its source"
    found = space.load_space(model)
    assert "training.lr" in found.choices
    for name in (*found.choices, *found.same):
        table, key = name.split(".")
        assert key in space.arguments(model, table), f"{model} has no {name}"
    assert set(found.same.values()) <= set(found.choices)
    assert found.params(preset_run.load_preset("tiktok", model)) is not None, "The preset lies in its space"


@pytest.mark.parametrize("model", MODELS)
def test_a_draw_from_the_space_builds(model: str, script: Callable[[str], ModuleType]) -> None:
    optuna = pytest.importorskip("optuna")
    space, preset_run = script("space"), script("preset_run")
    found, cls = space.load_space(model), getattr(pygmmrec.models, model)
    preset = preset_run.load_preset("tiktok", model)
    study = optuna.create_study(sampler=RandomSampler(seed=3))
    params = study.ask(found.choices).params
    settings = found.settings(preset, params)
    assert preset == preset_run.load_preset("tiktok", model)  # the preset is left alone
    data = cls.pre_transform(**settings["pre_transform"])(SyntheticMultimodal(60, 80)[0])
    built = cls.from_data(data, **settings["model"])
    assert settings["model"].items() <= built.config.items()
    cls.epoch_transform(**settings["epoch_transform"])
    for name in itertools.chain(found.choices, found.same):
        source = found.same.get(name, name)
        assert space.value_of(model, settings, name) == params[source]
    assert found.params(settings) == params


def test_a_preset_outside_is_none_of_the_space(script: Callable[[str], ModuleType]) -> None:
    space = script("space").load_space("LATTICE")
    preset = {
        "model": {"k": 10, "skip": 0.9},
        "pre_transform": {"k": 10},
        "epoch_transform": {},
        "training": {},
    }
    assert space.params(preset)["model.k"] == 10
    assert space.params({**preset, "model": {"k": 11, "skip": 0.9}}) is None
    assert space.params({**preset, "model": {"k": 10, "skip": 0.99}}) is None
    assert space.params({**preset, "pre_transform": {"k": 20}}) is None  # it follows model.k


@pytest.mark.parametrize(
    ("kind", "value", "inside", "outside"),
    [
        ("int", [1, 4], [1, 4], [0, 5, 2.5, True, "2"]),
        ("float", [0.1, 0.5], [0.1, 0.3, 0.5], [0.0, 0.6, None]),
        ("log", [1e-4, 1.0], [1e-4, 1], [0.0, 2.0]),
        ("choice", ["a", True, 3], ["a", True, 3], ["b", 4]),
    ],
)
def test_what_a_setting_may_be(
    kind: str, value: list, inside: list, outside: list, script: Callable[[str], ModuleType]
) -> None:
    space = script("space")
    choice = space.distribution(kind, value)
    assert [space.contains(choice, each) for each in inside] == [True] * len(inside)
    assert [space.contains(choice, each) for each in outside] == [False] * len(outside)


def test_a_space_that_says_something_else(
    tmp_path: Path, script: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch
) -> None:
    space = script("space")
    monkeypatch.setattr(space, "SPACES", tmp_path)
    with pytest.raises(ValueError, match=r"A search of BPRMF needs .*BPRMF\.toml"):
        space.load_space("BPRMF")
    for text in ("[model]\nk = 3", "[model]\nk = { any = [1, 2] }", "[models]\nk = { int = [1, 2] }"):
        (tmp_path / "BPRMF.toml").write_text(text)
        with pytest.raises(ValueError, match=r"BPRMF\.toml"):
            space.load_space("BPRMF")
