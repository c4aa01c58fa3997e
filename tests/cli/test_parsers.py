"""Each verb has its parser; training has the options of every model."""

import inspect

import pytest

from pygmmrec import models
from pygmmrec.cli.parsers import OF_THE_GRAPH, OF_TRAINING, VERBS, apart, named, parser_of
from pygmmrec.cli.train import MODELS


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_option_is_described(verb: str) -> None:
    parser = parser_of(verb, [])
    assert [action.dest for action in parser._actions if not action.help] == []
    assert "model_options" not in parser.format_help()


@pytest.mark.parametrize("model", MODELS)
def test_every_option_of_every_model_is_there(model: str) -> None:
    options = set(parser_of("train", [f"--model={model}"])._option_string_actions)
    names = set(inspect.signature(getattr(models, model)).parameters) - OF_THE_GRAPH
    assert {f"--{name}" for name in (*names, *OF_TRAINING)} <= options


def test_what_stands_first_needs_no_name() -> None:
    assert named("recommend", ["runs", "ada", "--k", "3"]) == ["--path=runs", "--users=ada", "--k", "3"]
    assert named("train", ["--model", "CRANE"]) == ["--model", "CRANE"]
    assert named("train", []) == []


def test_options_of_model_and_training_are_told_apart() -> None:
    words = ["--model=LightGCN", "--num_layers=2", "--lr=0.5"]
    found = apart(parser_of("train", words).parse_args(words).as_dict())
    assert found["model_options"]["num_layers"] == 2
    assert found["training_options"]["lr"] == 0.5
    assert not {"num_layers", "lr"} & set(found)
