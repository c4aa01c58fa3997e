"""Files of features with ids of their rows: ``.pt``, ``.npz``, ``.safetensors``, Parquet."""

from __future__ import annotations

import io
import json
import random
import struct
import zipfile
from abc import abstractmethod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from safetensors.numpy import save
from scipy import sparse

from attacks.campaign import Target
from attacks.mutate import damaged, damaged_npy_header
from attacks.outcome import WrongData
from attacks.targets.npy import parse_npy
from pygmmrec.data import read_features

VALUES = np.random.default_rng(11).normal(size=(12, 5)).astype(np.float32)
NUMBERS = np.arange(12)[::-1] * 10
TEXTS = [f"item {number}" for number in range(12)]


class Said(NamedTuple):
    """What the bytes of a file say, read independently: the matrix, and the ids of its rows or None."""

    values: np.ndarray
    ids: list[Any] | None


class FeaturesFile(Target):
    """A matrix and the ids of its rows in one file."""

    @property
    def suffix(self) -> str:
        """How the file ends."""
        return f".{self.name}"

    @abstractmethod
    def parse(self, raw: bytes) -> Said:
        """What the bytes say.

        Raises:
            Exception: Of any kind, if they are no whole file.
        """

    def read(self, raw: bytes, folder: Path) -> None:
        """Read features, and compare them with an independent reading."""
        path = folder / f"image_feat{self.suffix}"
        path.write_bytes(raw)
        found = read_features(path)
        try:
            said = self.parse(raw)
        except Exception as error:
            raise WrongData(f"accepted, although {type(error).__name__}: {error}") from error
        with np.errstate(over="ignore"):
            if not np.array_equal(
                found.values.float().numpy(), said.values.astype(np.float32), equal_nan=True
            ):
                raise WrongData("other values than the bytes say")
        ids = None if found.ids is None else list(found.ids.ids)
        if ids != said.ids:
            raise WrongData(f"ids {ids}, where the bytes say {said.ids}"[:300])


class TorchFile(FeaturesFile):
    """What ``torch.save`` writes, in both of its formats."""

    name = "pt"

    def right(self) -> bytes:
        """A dict of a matrix and ids."""
        return _torch({"features": torch.from_numpy(VALUES), "ids": TEXTS})

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes, or a content that is no matrix with ids."""
        values, way = torch.from_numpy(VALUES), rng.random()
        if way < 0.02:
            return self.canary.pickled()
        if way < 0.04:
            return _torch({"features": self.canary})
        if way < 0.2:
            return _torch(self._other(rng, values))
        held: list[Any] = [values, values.half(), values.bfloat16(), {"features": values, "ids": TEXTS}]
        held += [{"features": values, "ids": torch.from_numpy(NUMBERS.copy())}, values.double()]
        whole = _torch(rng.choice(held), zipped=way < 0.9)
        return damaged(rng, whole, rng.choice([0, 400]))

    def _other(self, rng: random.Random, values: torch.Tensor) -> Any:
        strange: list[Any] = [
            *(
                values[:0],
                values[0],
                values[None, None, None],
                values[..., 0:0],
                values.long(),
                values.bool(),
            ),
            *(
                values.to(torch.complex64),
                values.to_sparse(),
                values.to_sparse_csr(),
                values.t().contiguous().t(),
            ),
            *(values.expand(1, 12, 5), values.clone().requires_grad_(), torch.nn.Parameter(values)),
            *(values.to(torch.float8_e5m2), torch.full((12, 5), torch.nan), None, [], {}, "x", 5, [values]),
            *({"a": values, "b": values}, {"ids": TEXTS}, {1: values}, {"x": {"y": values}}, (values, TEXTS)),
            torch.sparse_coo_tensor(
                torch.tensor([[0, 99], [0, 1]]), torch.ones(2), (12, 5), check_invariants=False
            ),
            torch.empty(12, 5, device="meta"),
        ]
        if rng.random() < 0.5:
            return rng.choice(strange)
        ids: list[Any] = [
            *(TEXTS[:-1], [], None, "abc", [*TEXTS[:-1], TEXTS[0]], [*TEXTS[:-1], 5], [*TEXTS[:-1], None]),
            *([[1]] * 12, torch.arange(12).float(), torch.arange(12) + 0.5, torch.arange(24).view(12, 2)),
            *(dict.fromkeys(TEXTS, 1), [*TEXTS[:-1], "nan"], [True] * 12, values, 12),
        ]
        return {"features": values, "ids": rng.choice(ids)}

    def parse(self, raw: bytes) -> Said:
        """As torch reads it, once the checksums of the archive are right."""
        if raw.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                if archive.testzip() is not None:
                    raise ValueError("a checksum is wrong")
        content = torch.load(io.BytesIO(raw), weights_only=True)
        if isinstance(content, torch.Tensor):
            return Said(_dense(content), None)
        (name,) = (name for name in content if name != "ids")
        ids = content.get("ids")
        return Said(_dense(content[name]), None if ids is None else _plain(ids))


class ArchiveFile(FeaturesFile):
    """Arrays of NumPy, or a sparse matrix of SciPy, in an archive."""

    name = "npz"

    def _parts(self) -> dict[str, np.ndarray]:
        return {"values": VALUES, "ids": np.array(TEXTS)}

    def right(self) -> bytes:
        """A matrix and ids that are texts."""
        return _archive({name: _npy(part) for name, part in self._parts().items()})

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes of the archive, or an archive with another part in it."""
        if rng.random() < 0.4:
            parts = self._sparse(rng)
        else:
            ids: list[Any] = [np.array(TEXTS), NUMBERS, NUMBERS.astype(np.int16), NUMBERS.astype(float)]
            parts = {**self._parts(), "ids": rng.choice(ids)}
        raw = {name: _npy(part) for name, part in parts.items()}
        if rng.random() < 0.5:
            name = rng.choice(list(raw))
            raw[name] = self._other(rng, raw[name], parts[name])
            return _archive(raw)
        return damaged(rng, _archive(raw), rng.choice([0, 150]))

    def _sparse(self, rng: random.Random) -> dict[str, np.ndarray]:
        kept = np.where(np.abs(VALUES) > 0.7, VALUES, 0)
        made = rng.choice([sparse.csr_matrix, sparse.csc_matrix, sparse.coo_matrix, sparse.bsr_matrix,
                           sparse.dia_matrix, sparse.csr_array])  # fmt: skip
        file = io.BytesIO()
        sparse.save_npz(file, made(kept), compressed=False)
        with np.load(io.BytesIO(file.getvalue())) as held:
            return {name: held[name] for name in held.files}

    def _other(self, rng: random.Random, raw: bytes, part: np.ndarray) -> bytes:
        values = part.copy()
        match rng.randrange(8):
            case 0:
                return damaged(rng, raw, 128)
            case 1:
                return damaged_npy_header(rng, raw)
            case 2 if values.dtype.kind in "if" and values.dtype.itemsize > 2 and values.size:
                values.flat[rng.randrange(values.size)] = rng.choice([-1, 99, 2**31 - 1, 10**6])
            case 3 if values.dtype.kind in "if":
                values = values.astype(
                    rng.choice([np.int64, np.float64, np.float16, np.uint8, bool, np.int32])
                )
            case 4 if values.dtype.kind == "f" and values.size:
                values.flat[rng.randrange(values.size)] = rng.choice([np.nan, np.inf, -np.inf, 1e30])
            case 5:
                flat = values.reshape(-1)
                values = rng.choice([flat[:-1], flat[:0], flat[None], flat[:1], values[None]])
            case 6:
                values = np.array(rng.choice([[12, 5, 3], [-1, 5], [2**40, 2**20], [12, 4], [11, 5], [0, 0]]))
            case _:
                values = np.array([self.canary], dtype=object)
        return _npy(values)

    def parse(self, raw: bytes) -> Said:
        """Each part as its own header says, of a sparse matrix by the rule of its format."""
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            names = archive.namelist()
            if len(set(names)) != len(names):
                raise ValueError("a part is there twice")
            parts = {name.removesuffix(".npy"): parse_npy(archive.read(name)) for name in names}
        if {"data", "shape", "format"} <= set(parts):
            return Said(_filled(parts), None)
        ids = parts.get("ids")
        (name,) = (name for name in parts if name != "ids")
        return Said(parts[name], None if ids is None else _plain(ids))


class SafeFile(FeaturesFile):
    """Tensors of safetensors."""

    name = "safetensors"

    def right(self) -> bytes:
        """A matrix and ids that are numbers."""
        return save({"features": VALUES, "ids": NUMBERS})

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes, or another value in the header with all lengths right."""
        forms: list[dict[str, np.ndarray]] = [
            {"features": VALUES, "ids": NUMBERS},
            {"features": VALUES},
            {"features": VALUES.astype(np.float16), "ids": NUMBERS.astype(np.int32)},
            {"features": VALUES.astype(np.float64)},
        ]
        whole = save(rng.choice(forms))
        if rng.random() < 0.6:
            return damaged(rng, whole, 200)
        length = struct.unpack("<Q", whole[:8])[0]
        header, body = json.loads(whole[8 : 8 + length]), whole[8 + length :]
        name = rng.choice(list(header))
        match rng.randrange(5):
            case 0:
                header[rng.choice(["ids", "x", "__metadata__", ""])] = header.pop(name)
            case 1:
                header[name]["dtype"] = rng.choice(
                    ["I32", "F16", "BF16", "U8", "BOOL", "F64", "F8_E5M2", "I64"]
                )
            case 2:
                header[name]["shape"] = rng.choice(
                    [[], [12], [5, 12], [60], [0], [2**63], [12, 5, 1], [-12, -5]]
                )
            case 3:
                header[name]["data_offsets"] = rng.choice(
                    [[0, 0], [0, 240], [48, 288], [0, 2**62], [240, 0], [-1, 5]]
                )
            case _:
                header["__metadata__"] = rng.choice([{}, {"a": 1}, {"a": "b"}, [], None, "x"])
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + body

    def parse(self, raw: bytes) -> Said:
        """The bytes that the header points to."""
        length = struct.unpack("<Q", raw[:8])[0]
        header, body = json.loads(raw[8 : 8 + length], object_pairs_hook=_once), raw[8 + length :]
        header.pop("__metadata__", None)
        parts = {}
        for name, entry in header.items():
            start, stop = entry["data_offsets"]
            if entry["dtype"] == "BF16":
                wide = np.frombuffer(body[start:stop], np.uint16).astype(np.uint32) << 16
                parts[name] = wide.view(np.float32).reshape(entry["shape"])
            else:
                parts[name] = np.frombuffer(body[start:stop], SAFE[entry["dtype"]]).reshape(entry["shape"])
        ids = parts.pop("ids", None)
        (values,) = parts.values()
        return Said(values, None if ids is None else _plain(ids))


SAFE = {
    **{
        "F64": np.float64,
        "F32": np.float32,
        "F16": np.float16,
        "I64": np.int64,
        "I32": np.int32,
        "I16": np.int16,
    },
    **{"I8": np.int8, "U8": np.uint8, "BOOL": np.bool_, "U16": np.uint16, "U32": np.uint32, "U64": np.uint64},
}
"""Types of NumPy by their names in safetensors."""


class ColumnarFile(FeaturesFile):
    """Parquet with a column of lists, or one for each dimension."""

    name = "parquet"

    def _tables(self) -> list[pa.Table]:
        lists = pa.array(list(VALUES), type=pa.list_(pa.float32()))
        fixed = pa.array(list(VALUES), type=pa.list_(pa.float32(), 5))
        flat = {f"x{place}": VALUES[:, place] for place in range(5)}
        return [
            pa.table({"item_id": TEXTS, "vector": lists}),
            pa.table({"item_id": NUMBERS, "vector": fixed}),
            pa.table({"id": NUMBERS, **flat}),
            pa.table({"vector": lists}),
        ]

    def right(self) -> bytes:
        """Texts and lists."""
        return _parquet(self._tables()[0])

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes, mostly at the end, where Parquet has its header."""
        compression = rng.choice(["none", "snappy", "zstd"])
        whole = _parquet(
            rng.choice(self._tables()), compression, rng.choice([3, 100]), checked=rng.random() < 0.5
        )
        if rng.random() < 0.5:
            return damaged(rng, whole)
        tail = min(len(whole) - 8, struct.unpack("<I", whole[-8:-4])[0])
        start = len(whole) - tail - 8
        return whole[:start] + damaged(rng, whole[start:])

    def parse(self, raw: bytes) -> Said:
        """As pyarrow reads it, all at once and into Python's values."""
        table = pq.read_table(io.BytesIO(raw), page_checksum_verification=True)
        if len(set(table.column_names)) != len(table.column_names):
            raise ValueError("two columns have one name")
        floats = [name for name in table.column_names if pa.types.is_floating(table[name].type)]
        lists = [name for name in table.column_names if "list" in str(table[name].type)]
        (ids,) = [name for name in table.column_names if name not in (lists or floats)] or [None]
        if lists:
            rows = table[lists[0]].to_pylist()
            width = max((len(row) for row in rows if row is not None), default=0)
            values = np.array([[np.nan] * width if row is None else row for row in rows], dtype=np.float64)
        else:
            values = np.array([table[name].to_pylist() for name in floats], dtype=np.float64).T
        return Said(values, None if ids is None else table[ids].to_pylist())


PLACES = {"row", "col", "indices", "indptr", "offsets"}
"""Arrays of a sparse matrix that say where its values are."""


def _torch(content: Any, zipped: bool = True) -> bytes:
    file = io.BytesIO()
    torch.save(content, file, _use_new_zipfile_serialization=zipped)
    return file.getvalue()


def _parquet(table: pa.Table, compression: str = "snappy", rows: int = 100, checked: bool = False) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, compression=compression, row_group_size=rows, write_page_checksum=checked)
    return file.getvalue()


def _npy(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def _archive(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), part)
    return file.getvalue()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)


def _plain(ids: Any) -> list[Any]:
    """Ids as Python has them; whole floats are integers."""
    listed = ids.reshape(-1).tolist() if hasattr(ids, "tolist") else list(ids)
    return [int(raw) if isinstance(raw, float) and raw.is_integer() else raw for raw in listed]


def _dense(values: torch.Tensor) -> np.ndarray:
    return values.detach().to_dense().to(torch.float32).numpy()


def _filled(parts: dict[str, np.ndarray]) -> np.ndarray:
    """A sparse matrix, element by element."""
    kind = parts["format"].item().decode()
    rows, columns = (int(size) for size in parts["shape"])
    found = np.zeros((rows, columns), dtype=np.float32)
    data = parts["data"]
    if any(parts[name].dtype.kind not in "iu" for name in PLACES & set(parts)):
        raise ValueError("places that are no whole numbers")

    def put(row: Any, column: Any, value: Any) -> None:
        if not (0 <= row < rows and 0 <= column < columns):
            raise ValueError("an index is out of range")
        found[int(row), int(column)] += np.float32(value)

    if kind == "coo":
        for row, column, value in zip(parts["row"], parts["col"], data, strict=True):
            put(row, column, value)
    elif kind == "dia":
        for offset, diagonal in zip(parts["offsets"].tolist(), data, strict=True):
            for column, value in enumerate(diagonal):
                if 0 <= column - offset < rows and column < columns:
                    put(column - offset, column, value)
    elif kind in ("csr", "csc"):
        start, index = parts["indptr"], parts["indices"]
        for line in range(len(start) - 1):
            for place in range(start[line], start[line + 1]):
                at = (line, index[place]) if kind == "csr" else (index[place], line)
                put(*at, data[place])
    elif kind == "bsr":
        start, index = parts["indptr"], parts["indices"]
        height, width = data.shape[1:]
        for line in range(len(start) - 1):
            for place in range(start[line], start[line + 1]):
                for row in range(height):
                    for column in range(width):
                        put(line * height + row, index[place] * width + column, data[place, row, column])
    else:
        raise ValueError(f"unknown format {kind}")
    return found
