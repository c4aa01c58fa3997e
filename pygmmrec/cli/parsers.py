"""A parser for each verb, made of the signature and the docstring of its function."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

from jsonargparse import ArgumentParser, set_parsing_settings

import pygmmrec.models
from pygmmrec.cli.compare import compare_models
from pygmmrec.cli.export import export_model
from pygmmrec.cli.recommend import recommend_items
from pygmmrec.cli.serve import serve_bundle
from pygmmrec.cli.train import MODELS, chosen_preset, dataset_name, train_model
from pygmmrec.cli.words import value_of
from pygmmrec.training import Options

VERBS: dict[str, tuple[Callable[..., None], tuple[str, ...]]] = {
    "train": (train_model, ("model",)),
    "compare": (compare_models, ("models",)),
    "recommend": (recommend_items, ("path", "users")),
    "export": (export_model, ("path",)),
    "serve": (serve_bundle, ("bundle",)),
}
"""Functions by verb, and which of their arguments need no name, in order."""

OF_THE_GRAPH = {"num_users", "num_items", "modality_dims", "data_dims", "layouts"}
"""Arguments of models that the graph tells."""

OF_THE_VERB = {"epochs", "seed", "device", "output", "resume", "dataset", "bundle", "progress"}
"""Options of training that are arguments of ``train``, or that it decides."""

OF_PYTHON = {"epoch_transform", "valid", "metrics", "callbacks"}
"""Options of training that are no numbers, names or tables, or want a graph that nobody prepared."""

OF_TRAINING = tuple(
    option.name for option in fields(Options) if option.name not in OF_THE_VERB | OF_PYTHON
)  # fmt: skip
"""Options of training that ``train`` has besides its own."""

set_parsing_settings(docstring_parse_attribute_docstrings=True)  # each option says itself what it is

OF_THE_COMMAND = ("config", "print_config")
"""Options that are no arguments of functions."""


def parser_of(verb: str, words: Sequence[str]) -> ArgumentParser:
    """The parser of a verb.

    Args:
        verb: One of :data:`VERBS`.
        words: What it is given. Where these name a model to train, its options are there too, and defaults
            are those of the preset that will be used.
    """
    function, _ = VERBS[verb]
    parser = ArgumentParser(prog=f"pygmmrec {verb}", description=_description(function, verb))
    parser.add_function_arguments(function, None, as_group=False, skip={"model_options", "training_options"})
    parser.add_argument("--config", metavar="FILE", help="TOML file with options, by their names.")
    parser.add_argument("--print_config", action="store_true", help="Print all options as TOML, and end.")
    if verb == "train":
        parser.add_class_arguments(Options, None, skip=OF_THE_VERB | OF_PYTHON)
        model = value_of(words, "model")
        if model in MODELS:
            parser.add_class_arguments(getattr(pygmmrec.models, model), None, skip=set(OF_THE_GRAPH))
            name = dataset_name(value_of(words, "dataset"), value_of(words, "data"))
            chosen = chosen_preset(model, name, value_of(words, "settings"))
            told = {**chosen["model"], **chosen["training"]}
            own = {*OF_TRAINING, *_names(getattr(pygmmrec.models, model))}
            parser.set_defaults({key: value for key, value in told.items() if key in own})
    return parser


def named(verb: str, words: Sequence[str]) -> list[str]:
    """Words in which those that stand first, without a name, have theirs."""
    found = list(words)
    for place, name in enumerate(VERBS[verb][1]):
        if place >= len(found) or found[place].startswith("-"):
            break
        found[place] = f"--{name}={found[place]}"
    return found


def apart(options: dict[str, Any]) -> dict[str, Any]:
    """The options of ``train``, with those of the model and of training as mappings."""
    model = options["model"]
    own = _names(getattr(pygmmrec.models, model)) if model in MODELS else []
    of_model = {name: options.pop(name) for name in own if name in options}
    of_training = {name: options.pop(name) for name in OF_TRAINING if name in options}
    return {**options, "model_options": of_model, "training_options": of_training}


def _names(function: Callable[..., Any]) -> list[str]:
    return list(inspect.signature(function).parameters)


def _description(function: Callable[..., None], verb: str) -> str:
    said = (function.__doc__ or "").partition("\n")[0]
    more = " Name a model to see its options: pygmmrec train --model CRANE --help." if verb == "train" else ""
    return said + more
