"""Tables of interactions that know their types: Parquet, Feather, lines of JSON."""

from __future__ import annotations

import io
import json
import random
from abc import abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from pyarrow import feather, parquet
from pyarrow.json import read_json

from attacks.campaign import Target
from attacks.mutate import damaged
from attacks.outcome import WrongData
from pygmmrec.data import Interactions


def _table() -> pa.Table:
    rng = np.random.default_rng(7)
    count = 60
    return pa.table(
        {
            "userID": [f"u{number:02d}" for number in rng.integers(9, size=count)],
            "itemID": rng.integers(100, 112, size=count),
            "rating": rng.integers(1, 6, size=count).astype(np.float32),
            "timestamp": 1000 + np.arange(count),
        }
    )


class TypedTableFile(Target):
    """A table with texts, whole numbers and floats, in one of three formats."""

    suffix: ClassVar[str]

    @abstractmethod
    def write(self, table: pa.Table, rng: random.Random) -> bytes:
        """The bytes of the format."""

    @abstractmethod
    def parse(self, raw: bytes) -> pa.Table:
        """The table, read from memory and in full.

        Raises:
            Exception: Of any kind, if it is no whole file.
        """

    def right(self) -> bytes:
        """As pyarrow writes it."""
        return self.write(_table(), random.Random(0))

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes, half of them at one of the ends, where formats have their headers."""
        whole = self.write(_table(), rng)
        if rng.random() < 0.5:
            return damaged(rng, whole, rng.choice([0, 200]))
        cut = max(0, len(whole) - 700)
        return whole[:cut] + damaged(rng, whole[cut:])

    def read(self, raw: bytes, folder: Path) -> None:
        """Read interactions, and compare them row by row."""
        path = folder / f"a.{self.suffix}"
        path.write_bytes(raw)
        found = Interactions.from_file(path)
        try:
            said = self.parse(raw)
            said.validate(full=True)
        except Exception as error:
            raise WrongData(f"accepted, although {type(error).__name__}: {error}") from error
        fields = {
            "userID": found.user,
            "itemID": found.item,
            "rating": found.rating,
            "timestamp": found.timestamp,
        }
        for name, values in fields.items():
            if name in said.column_names:
                wanted = [_plain(value) for value in said[name].to_pylist()]
                if values is None or [_plain(value) for value in values.tolist()] != wanted:
                    raise WrongData(f"other values of {name}")


def _plain(value: Any) -> Any:
    return float(np.float32(value)) if isinstance(value, float) else value


class ParquetTableFile(TypedTableFile):
    """``a.parquet``"""

    name = "parquet_table"
    suffix = "parquet"

    def write(self, table: pa.Table, rng: random.Random) -> bytes:
        """With one of three compressions."""
        file = io.BytesIO()
        parquet.write_table(
            table, file, compression=rng.choice(["none", "snappy", "zstd"]), row_group_size=25
        )
        return file.getvalue()

    def parse(self, raw: bytes) -> pa.Table:
        """By pyarrow."""
        return parquet.read_table(io.BytesIO(raw))


class FeatherTableFile(TypedTableFile):
    """``a.feather``"""

    name = "feather_table"
    suffix = "feather"

    def write(self, table: pa.Table, rng: random.Random) -> bytes:
        """Compressed or not."""
        file = io.BytesIO()
        feather.write_feather(table, file, compression=rng.choice(["uncompressed", "lz4"]))
        return file.getvalue()

    def parse(self, raw: bytes) -> pa.Table:
        """By pyarrow."""
        return feather.read_table(io.BytesIO(raw))


class LinesTableFile(TypedTableFile):
    """``a.jsonl``"""

    name = "json_table"
    suffix = "jsonl"

    def write(self, table: pa.Table, rng: random.Random) -> bytes:
        """An object in each line."""
        return "".join(f"{json.dumps(row)}\n" for row in table.to_pylist()).encode()

    def parse(self, raw: bytes) -> pa.Table:
        """By pyarrow."""
        return read_json(io.BytesIO(raw))
