"""The words of a command line, before they are parsed."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pygmmrec.experiment.settings.toml import read_toml
from pygmmrec.utils.check import check

CONFIG = "--config"


def spelled(words: Iterable[str]) -> list[str]:
    """Options with underscores, however they are written: ``--text-model`` is ``--text_model``."""
    return [_spelled(word) for word in words]


def _spelled(word: str) -> str:
    if not word.startswith("--"):
        return word
    name, equals, value = word[2:].partition("=")
    return f"--{name.replace('-', '_')}{equals}{value}"


def with_files(words: Iterable[str]) -> list[str]:
    """Words with the options of ``--config FILE.toml`` in its place; what comes later counts.

    Raises:
        ValueError: If there is no such file, or it is not valid.
    """
    given = list(words)
    found: list[str] = []
    while given:
        word = given.pop(0)
        name, equals, value = word.partition("=")
        if name != CONFIG:
            found.append(word)
            continue
        path = Path(value if equals else given.pop(0) if given else "")
        check(path.is_file(), "config", "a TOML file", "pygmmrec", str(path))
        try:
            told = read_toml(path)
        except ValueError as error:
            raise ValueError(
                f"'config' needs to be a valid TOML file (got {str(path)!r}: {error})"
            ) from error
        found += [f"--{key.replace('-', '_')}={_text(value)}" for key, value in told.items()]
    return found


def gathered(words: Iterable[str], name: str) -> list[str]:
    """Words in which an option that is there several times is there once, with a list of its values."""
    given, values, others = list(words), list[Any](), list[str]()
    while given:
        word = given.pop(0)
        option, equals, value = word.partition("=")
        if option != f"--{name}" or not (equals or given):
            others.append(word)
            continue
        value = value if equals else given.pop(0)
        values += json.loads(value) if value.startswith("[") else [value]  # a list is a file's
    return [*others, f"--{name}={json.dumps(values)}"] if values else others


def as_toml(values: Mapping[str, Any]) -> str:
    """Values of options as a TOML file says them; those that are ``None`` are left out."""
    return "".join(f"{key} = {_toml(value)}\n" for key, value in values.items() if value is not None)


def check_options(words: Iterable[str], known: Collection[str], verb: str) -> None:
    """Refuse options that do not exist.

    Raises:
        ValueError: If there is one; the message names the nearest one that does.
    """
    for word in words:
        option = word.partition("=")[0]
        if not option.startswith("--") or option == "--":
            continue
        if option not in known and option.partition(".")[0] not in known:
            hint = nearest(option, known, f"pygmmrec {verb} --help names all")
            raise ValueError(f"'pygmmrec {verb}' takes no option {option}. {hint}")


def value_of(words: Sequence[str], name: str) -> str | None:
    """What an option is given last, or ``None``."""
    found = None
    for place, word in enumerate(words):
        option, equals, value = word.partition("=")
        if option == f"--{name}":
            found = value if equals else next(iter(words[place + 1 :]), None)
    return found


def nearest(word: str, known: Collection[str], otherwise: str) -> str:
    """A question about the nearest of the words that are known, or another sentence."""
    near = get_close_matches(word, known, n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else otherwise


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{json.dumps(str(key))} = {_toml(inner)}' for key, inner in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
