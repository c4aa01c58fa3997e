"""Every model has a space, and every space is one that its model, its transforms and the loop take."""

import itertools
import math

import optuna
import pytest
from optuna.samplers import RandomSampler

import pygmmrec.models
from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.experiment.settings.model_class import NAMES, arguments
from pygmmrec.experiment.settings.preset import as_preset, preset, within
from pygmmrec.experiment.settings.space import (
    SPACES,
    Space,
    as_space,
    contains,
    distribution,
    space,
    value_of,
)
from pygmmrec.models import LATTICE, LightGCN
from pygmmrec.models.closed import ClosedForm


@pytest.mark.parametrize("model", NAMES)
def test_a_model_has_a_space_of_settings_that_it_takes(model: str) -> None:
    cls = getattr(pygmmrec.models, model)
    assert (SPACES / f"{model}.toml").read_text(encoding="utf-8").startswith("# "), "A space names its source"
    found = space(model)
    if not issubclass(cls, ClosedForm):
        assert "training.lr" in found.choices
    for name in (*found.choices, *found.same):
        table, key = name.split(".")[:2]
        assert key in arguments(cls, table), f"{model} has no {name}"
    assert set(found.same.values()) <= set(found.choices)
    assert found.params(cls, preset(model, "tiktok")) is not None, "The preset lies in its space"


@pytest.mark.parametrize("model", NAMES)
def test_a_draw_from_the_space_builds(model: str) -> None:
    found, cls = space(model), getattr(pygmmrec.models, model)
    before = preset(model, "tiktok")
    study = optuna.create_study(sampler=RandomSampler(seed=3))
    params = study.ask(dict(found.choices)).params
    settings = found.settings(before, params)
    assert before == preset(model, "tiktok")  # the preset is left alone
    data = cls.pre_transform(**settings["pre_transform"])(SyntheticMultimodal(60, 80)[0])
    built = cls.from_data(data, **settings["model"])
    assert within(settings["model"], built.config)
    cls.epoch_transform(**settings["epoch_transform"])
    for name in itertools.chain(found.choices, found.same):
        source = found.same.get(name, name)
        assert value_of(cls, settings, name) == params[source]
    assert found.params(cls, settings) == params


def test_a_preset_outside_is_none_of_the_space() -> None:
    found = space("LATTICE")
    preset = {
        "model": {"k": 10, "skip": 0.9},
        "pre_transform": {"k": 10},
        "epoch_transform": {},
        "training": {},
    }
    assert (found.params(LATTICE, preset) or {})["model.k"] == 10
    assert found.params(LATTICE, {**preset, "model": {"k": 11, "skip": 0.9}}) is None
    assert found.params(LATTICE, {**preset, "model": {"k": 10, "skip": 0.99}}) is None
    assert found.params(LATTICE, {**preset, "pre_transform": {"k": 20}}) is None  # it follows model.k


@pytest.mark.parametrize(
    ("kind", "value", "inside", "outside"),
    [
        ("int", [1, 4], [1, 4], [0, 5, 2.5, True, "2"]),
        ("float", [0.1, 0.5], [0.1, 0.3, 0.5], [0.0, 0.6, None]),
        ("log", [1e-4, 1.0], [1e-4, 1], [0.0, 2.0]),
        ("choice", ["a", True, 3], ["a", True, 3], ["b", 4]),
    ],
)
def test_what_a_setting_may_be(kind: str, value: list, inside: list, outside: list) -> None:
    choice = distribution(kind, value)
    assert [contains(choice, each) for each in inside] == [True] * len(inside)
    assert [contains(choice, each) for each in outside] == [False] * len(outside)


@pytest.mark.parametrize(
    "tables",
    [
        {"model": {"k": 3}},
        {"model": {"k": {"any": [1, 2]}}},
        {"model": {"k": {"int": [1, 2], "float": [1, 2]}}},
        {"models": {"k": {"int": [1, 2]}}},
        {"model": {"k": {"same": "model.other"}}},
    ],
)
def test_a_space_that_says_something_else(tables: dict) -> None:
    with pytest.raises(ValueError, match="needs to be"):
        as_space(tables)
    with pytest.raises(ValueError, match="one that has a space here"):
        space("Nobody")


def test_an_argument_that_is_a_mapping_has_a_table_of_its_own() -> None:
    found = as_space({"model": {"rca": {"num_rounds": {"int": [1, 3]}}, "k": {"choice": [5, 10]}}})
    assert list(found.choices) == ["model.rca.num_rounds", "model.k"]
    settings = found.settings(
        as_preset({"model": {"rca": {"p": 0.1}}}), {"model.rca.num_rounds": 2, "model.k": 5}
    )
    assert settings["model"] == {"rca": {"p": 0.1, "num_rounds": 2}, "k": 5}


def test_the_size_of_a_space() -> None:
    assert as_space({"model": {"a": {"int": [1, 3]}, "b": {"choice": [1, 2]}}}).size == 6
    assert as_space({"model": {"a": {"log": [1e-3, 1]}}}).size == math.inf
    assert Space().params(LightGCN, as_preset({})) == {}


def test_a_setting_that_the_model_does_not_take_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"'model.nothing' needs to be one of .* in 'LightGCN'"):
        value_of(LightGCN, as_preset({}), "model.nothing")
