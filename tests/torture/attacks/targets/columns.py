"""Metrics of single users and places of single pairs, ``.npz``."""

from __future__ import annotations

import io
import random
import zipfile
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from attacks.campaign import Target
from attacks.mutate import damaged, damaged_npy_header
from attacks.outcome import WrongData
from attacks.targets.npy import parse_npy
from pygmmrec.training import load_per_pair, load_per_user

Arrays = dict[str, np.ndarray]

COUNT = 30


class ColumnsFile(Target):
    """An archive of columns: damaged itself, or in one of its parts, or whole with other values."""

    file: ClassVar[str]

    @abstractmethod
    def columns(self) -> Arrays:
        """The columns of a file that is right."""

    @abstractmethod
    def load(self, path: Path) -> Arrays:
        """What the library reads."""

    def right(self) -> bytes:
        """As the library writes it, but for the compression."""
        parts = {f"{name}.npy": _npy(values) for name, values in self.columns().items()}
        return _archive(parts, zipfile.ZIP_STORED, twice=False)

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes of the archive, or an archive with another part in it."""
        parts = {f"{name}.npy": _npy(values) for name, values in self.columns().items()}
        way = rng.random()
        if way < 0.5:
            name = rng.choice(list(parts))
            parts[name] = self._other(rng, parts[name])
        data = _archive(parts, rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]), twice=way < 0.05)
        return data if way < 0.5 else damaged(rng, data, rng.choice([0, 120]))

    def _other(self, rng: random.Random, part: bytes) -> bytes:
        values = parse_npy(part).copy()
        match rng.randrange(8):
            case 0:
                return damaged(rng, part, 128)
            case 1:
                return damaged_npy_header(rng, part)
            case 2:
                values[rng.randrange(COUNT)] = rng.choice([-1, -(2**31), 2**31 - 1, 7])
            case 3:
                values = values.astype(rng.choice([np.int64, np.float64, np.float16, np.uint8, bool]))
            case 4:
                values = values.astype(np.float32)
                values[rng.randrange(COUNT)] = rng.choice([np.nan, np.inf, -0.5, 1.5, 1e30])
            case 5:
                values = rng.choice([values[:-1], values[:0], values.reshape(2, -1), values[0]])
            case 6:
                return part + rng.randbytes(rng.choice([1, 4, 400]))
            case _:
                return _npy(np.array([self.canary], dtype=object))
        return _npy(values)

    def read(self, raw: bytes, folder: Path) -> None:
        """Read the columns, and compare them with each part of the archive, and with what they may hold."""
        path = folder / self.file
        path.write_bytes(raw)
        found = self.load(path)
        try:
            said = _parse(raw)
        except Exception as error:
            raise WrongData(f"accepted, although {type(error).__name__}: {error}") from error
        if not all(np.array_equal(found[name], said[name], equal_nan=True) for name in found):
            raise WrongData("other values than the bytes say")
        self.judge(found)

    def judge(self, found: Arrays) -> None:
        """Whether columns can be of a run at all.

        Raises:
            WrongData: If not.
        """
        for name, values in found.items():
            if name in INDICES and (values.dtype.kind != "i" or (values < 0).any()):
                raise WrongData(f"{name} of {values.dtype} from {values.min(initial=0)}")
            if not np.isfinite(values).all():
                raise WrongData(f"{name} that is not finite")


INDICES = ("user", "item", "degree", "place")


class PerUserFile(ColumnsFile):
    """``test_per_user.npz``"""

    name = "per_user"
    file = "test_per_user.npz"

    def columns(self) -> Arrays:
        """Users, and two metrics of theirs."""
        shares = np.linspace(0, 1, COUNT, dtype=np.float32)
        return {"user": np.arange(COUNT, dtype=np.int32), "recall@20": shares, "ndcg@20": shares[::-1].copy()}

    def load(self, path: Path) -> Arrays:
        """Users and metrics as one."""
        users, metrics = load_per_user(path)
        return {"user": users, **metrics}

    def judge(self, found: Arrays) -> None:
        """A user once."""
        super().judge(found)
        if len(np.unique(found["user"])) != len(found["user"]):
            raise WrongData("a user is there twice")


class PerPairFile(ColumnsFile):
    """``test_per_pair.npz``"""

    name = "per_pair"
    file = "test_per_pair.npz"

    def columns(self) -> Arrays:
        """Pairs, degrees and places."""
        return {name: np.arange(COUNT, dtype=np.int32) for name in INDICES}

    def load(self, path: Path) -> Arrays:
        """All four columns."""
        return load_per_pair(path)._asdict()

    def judge(self, found: Arrays) -> None:
        """A pair once."""
        super().judge(found)
        if len(set(zip(found["user"].tolist(), found["item"].tolist(), strict=True))) != len(found["user"]):
            raise WrongData("a pair is there twice")


def _npy(values: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def _archive(parts: dict[str, bytes], compression: int, twice: bool) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, part in [*parts.items(), *list(parts.items())[: int(twice)]]:
            archive.writestr(zipfile.ZipInfo(name), part, compression)
    return file.getvalue()


def _parse(raw: bytes) -> Arrays:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        names = archive.namelist()
        if len(set(names)) != len(names):
            raise ValueError("a part is there twice")
        return {name.removesuffix(".npy"): parse_npy(archive.read(name)) for name in names}
