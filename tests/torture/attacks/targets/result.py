"""Results of runs, ``result.json``."""

from __future__ import annotations

import json
import math
import random
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from attacks.campaign import Target
from attacks.mutate import damaged
from attacks.outcome import WrongData
from attacks.small import small_run
from pygmmrec.training import FitResult

VALUES: list[Any] = [
    None,
    True,
    "",
    "3",
    -1,
    2.5,
    1e999,
    float("nan"),
    2**70,
    [],
    [1],
    {},
    {"a": 1},
    {"recall@5": "x"},
]
TEXTS = [b"", b"[]", b"{}", b"null", b"1", b'"result"', b"[" * 100000, b"\xff\xfe{}", b'{"a":' * 50000]


class ResultFile(Target):
    """A result with other bytes, or with other values under its keys."""

    name = "result"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        small_run(folder / "run", epochs=2)
        self.whole = (folder / "run" / "result.json").read_bytes()

    def right(self) -> bytes:
        """As the library writes it."""
        return self.whole

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes, a key that is missing, unknown or there twice, or another value."""
        values = json.loads(self.whole)
        key = rng.choice(list(values))
        match rng.randrange(20):
            case 0:
                return rng.choice(TEXTS)
            case 1:
                del values[key]
            case 2:
                values["unknown"] = 1
            case 3:
                return self.whole.replace(b"{", f'{{"{key}": 1, '.encode(), 1)
            case 4 | 5 | 6 | 7:
                values[key] = rng.choice(VALUES)
            case 8 | 9 if isinstance(values[key], dict) and values[key]:
                values[key][rng.choice(list(values[key]))] = rng.choice(VALUES)
            case _:
                return damaged(rng, self.whole)
        return json.dumps(values).encode()

    def read(self, raw: bytes, folder: Path) -> None:
        """Load the result, use it as reports do, and compare it with the JSON."""
        path = folder / "result.json"
        path.write_bytes(raw)
        found = FitResult.load(path)
        found.table()
        try:
            said = json.loads(
                raw.decode(), object_pairs_hook=_once, parse_constant=_finite, parse_float=_finite
            )
        except Exception as error:
            raise WrongData(f"accepted, although {type(error).__name__}: {error}") from error
        if any(asdict(found)[key] != value for key, value in said.items()):
            raise WrongData("other values than the file says")
        _judge(found)


def _judge(found: FitResult) -> None:
    """Whether the values can be of a run at all."""
    numbers = (int, float)
    plain = {"model": str, "dataset": str, "seed": int, "best_epoch": int, "epochs": int, "history": list}
    maps = dict.fromkeys(
        ("valid", "test", "beyond", "counts", "config", "environment", "seeds", "data"), dict
    )
    for each in fields(found):
        value = getattr(found, each.name)
        kind = {**plain, **maps}.get(each.name, (*numbers, type(None)))
        if isinstance(value, bool) or not isinstance(value, kind):
            raise WrongData(f"{each.name} is {value!r}"[:200])
    for name in ("valid", "test", "beyond"):
        for metric, value in getattr(found, name).items():
            if isinstance(value, bool) or not isinstance(value, (*numbers, type(None))):
                raise WrongData(f"{name}[{metric}] is {value!r}"[:200])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)


def _finite(word: str) -> float:
    if not math.isfinite(float(word)):
        raise ValueError(f"{word} is not finite")
    return float(word)
