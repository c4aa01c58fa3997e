"""What each option of a training run needs to be; what is right becomes a plain value."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from pygmmrec.training.files.plain import plain
from pygmmrec.utils.check import check, check_flag, check_integer, check_number, check_seed

WHERE = "Run"

Check: TypeAlias = Callable[[Any, str], Any]
"""From a value and the name of the option to the plain value; a wrong one is a :class:`ValueError`."""


def _integer(at_least: int) -> Check:
    return lambda value, name: check_integer(value, name, WHERE, at_least=at_least)


def _number(**bounds: float) -> Check:
    return lambda value, name: check_number(value, name, WHERE, **bounds)


def _optional(inner: Check) -> Check:
    return lambda value, name: None if value is None else inner(value, name)


def _flag(value: Any, name: str) -> bool:
    return check_flag(value, name, WHERE)


def _seed(value: Any, name: str) -> int:
    return check_seed(value, name, WHERE)


def _plain(value: Any, name: str) -> Any:
    return plain(value)


def _mapping(value: Any, name: str) -> Any:
    check(isinstance(value, Mapping), name, "a mapping of modules to options", WHERE, value)
    return value


def _name(value: Any, name: str) -> Any:
    check(isinstance(plain(value), str), name, "a name", WHERE, value)
    return plain(value)


def _folder(value: Any, name: str) -> Any:
    check(isinstance(value, str | os.PathLike), name, "the path of a folder, or None", WHERE, value)
    return os.fspath(value)


def _true(value: Any, name: str) -> Any:
    check(value is True, name, "True or None", WHERE, value, "Or set 'monitor=None'")
    return value


def _checkpoint(value: Any, name: str) -> Any:
    if isinstance(value, str):
        check(value in ("best", "every"), name, "'best', 'every' or a number of epochs", WHERE, value)
        return str(value)
    return check_integer(value, name, WHERE, at_least=1)


def _list(value: Any, name: str) -> Any:
    some = isinstance(value, Sequence | Mapping) and not isinstance(value, str)
    check(some, name, "a list, or names and what they mean", WHERE, value)
    return value


CHECKS: Mapping[str, Check] = {
    "epochs": _integer(at_least=1),
    "batch_size": _integer(at_least=1),
    "lr": _number(above=0),
    "weight_decay": _number(at_least=0),
    "clip_norm": _optional(_number(above=0)),
    "param_groups": _optional(_mapping),
    "patience": _integer(at_least=1),
    "monitor": _plain,
    "metrics": _list,
    "valid": _optional(_true),
    "valid_every": _integer(at_least=1),
    "valid_users": _optional(_integer(at_least=1)),
    "test": _optional(_flag),
    "num_negatives": _optional(_integer(at_least=1)),
    "seed": _seed,
    "devices": _integer(at_least=1),
    "precision": _plain,
    "output": _optional(_folder),
    "resume": _flag,
    "checkpoint": _checkpoint,
    "callbacks": _list,
    "dataset": _name,
    "bundle": _flag,
    "progress": _flag,
}
"""By option. What is not here is looked at where it is used, all of it before any work."""
