"""A damaged file is one clear error, whatever is wrong with it."""

import json
import random
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pygmmrec.utils.json_file import read_fields, read_json

VALUES = {"name": "é", "count": 3, "share": 0.25, "parts": [{"a": 1}, None], "last": True}


def read(path: Path, content: str | bytes) -> dict[str, Any]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_json(path, "load", "Write it again.")


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    assert read(tmp_path / "a.json", json.dumps(VALUES)) == VALUES
    assert read(tmp_path / "a.json", json.dumps(VALUES, ensure_ascii=False, indent=2)) == VALUES


def test_any_damage_is_a_clear_error_or_another_text(tmp_path: Path) -> None:
    rng, whole = random.Random(0), json.dumps(VALUES).encode()
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(rng.choice([1, 3])):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        damaged = damaged if rng.random() < 0.8 else damaged[: rng.randrange(len(damaged))]
        with suppress(ValueError):  # and nothing else
            assert read(tmp_path / "a.json", bytes(damaged)) == json.loads(damaged.decode())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "Expecting value"),
        ('{"a": 1', "Expecting"),
        (b"\xff\xfe{}", "can't decode"),
        ("[1]", "no object but a list"),
        ("null", "no object but a NoneType"),
        ('{"a": {"b": 1, "c": 2, "b": 1}}', "the key 'b' is there twice"),
        ('{"a": NaN}', "the number NaN is not finite"),
        ('{"a": -Infinity}', "the number -Infinity is not finite"),
        ('{"a": 1e999}', "the number 1e999 is not finite"),
        ("[" * 100_000, "recursion"),
        ('{"a": ' + "9" * 10_000 + "}", "digits"),
    ],
)
def test_what_is_no_object_to_the_letter_is_an_error(tmp_path: Path, content: str, message: str) -> None:
    pattern = f"'path' needs to be a complete .json file in 'load' .*a.json': .*{message}.*Write it again"
    with pytest.raises(ValueError, match=pattern):
        read(tmp_path / "a.json", content)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    for path in (tmp_path / "a.json", tmp_path):
        with pytest.raises(ValueError, match=r"'path' needs to be an existing .json file in 'load'"):
            read_json(path, "load", "")


@dataclass
class Thing:
    name: str
    count: int
    share: float | None
    parts: list[dict[str, float]] = field(default_factory=list)
    any: Any = None


RIGHT = {"name": "a", "count": 1, "share": 0.5}


def fields_of(path: Path, values: dict[str, Any]) -> dict[str, Any]:
    path.write_text(json.dumps(values))
    return read_fields(path, Thing, "load", "Write it again.")


@pytest.mark.parametrize(
    "more",
    [{}, {"share": None}, {"share": 2}, {"parts": [{}, {"a": 1, "b": None}]}, {"any": [1, "a"]}],
)
def test_fields_of_their_types_are_taken(tmp_path: Path, more: dict) -> None:
    assert fields_of(tmp_path / "a.json", {**RIGHT, **more}) == {**RIGHT, **more}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"name": 1}, "a file whose 'name' is of type str, in all its parts.*a.json with a int there"),
        ({"count": True}, "'count' is of type int"),
        ({"count": 1.0}, "'count' is of type int"),
        ({"share": False}, r"'share' is of type float \| None"),
        ({"parts": {}}, r"'parts' is of type list\[dict\[str, float\]\]"),
        ({"parts": [{"a": "1"}]}, "'parts' is of type list"),
        ({"parts": [1]}, "'parts' is of type list"),
        ({"other": 1}, r"no keys but \['name', .*with \['other'\]"),
    ],
)
def test_fields_of_other_types_are_errors(tmp_path: Path, more: dict, message: str) -> None:
    with pytest.raises(ValueError, match=f"'path' needs to be .*{message}"):
        fields_of(tmp_path / "a.json", {**RIGHT, **more})


def test_a_missing_field_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a file with the keys \['count', 'share'\]"):
        fields_of(tmp_path / "a.json", {"name": "a"})
