"""Weights of models, ``.safetensors``."""

from __future__ import annotations

import hashlib
import json
import random
import struct
from pathlib import Path

import numpy as np

from attacks.campaign import Target
from attacks.mutate import damaged
from attacks.outcome import WrongData
from attacks.small import small_graph, small_model, small_run
from pygmmrec.training import load_ids, load_weights

HEAD = 700


class WeightsFile(Target):
    """Weights with raw ids beside them."""

    name = "weights"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        small_run(folder / "run", epochs=1)
        self.whole = (folder / "run" / "model.safetensors").read_bytes()
        self.data = small_graph()

    def right(self) -> bytes:
        """As the library writes it."""
        return self.whole

    def damage(self, rng: random.Random) -> bytes:
        """Other bytes, or another value in the header with all lengths right."""
        if rng.random() < 0.7:
            return damaged(rng, self.whole, HEAD)
        length = struct.unpack("<Q", self.whole[:8])[0]
        header, body = json.loads(self.whole[8 : 8 + length]), self.whole[8 + length :]
        name = rng.choice(list(header))
        match rng.randrange(5):
            case 0:
                del header[name]
            case 1:
                header[name + "x"] = header.pop(name)
            case 2 if name != "__metadata__":
                header[name]["dtype"] = rng.choice(["I32", "F16", "BF16", "U8", "BOOL", "F64"])
            case 3 if name != "__metadata__":
                header[name]["shape"] = rng.choice([[], [1], header[name]["shape"][::-1], [0], [2**63]])
            case _:
                metadata = header.setdefault("__metadata__", {"model": "", "rows_of": "{}"})
                key = rng.choice(list(metadata))
                metadata[key] = rng.choice(
                    ["", "{}", "[]", "null", '{"user": 1}', '{"user": "x"}', "{", metadata[key]]
                )
        text = json.dumps(header).encode()
        return struct.pack("<Q", len(text)) + text + body

    def read(self, raw: bytes, folder: Path) -> None:
        """Load weights and ids, and compare them with the header and the bytes that it points to."""
        path = folder / "model.safetensors"
        path.write_bytes(raw)
        model = small_model(self.data)
        load_weights(model, path)
        load_weights(model, path, self.data)
        ids = load_ids(path)
        try:
            said, rows_of, told = _parse(raw)
        except Exception as error:
            raise WrongData(f"accepted, although {type(error).__name__}: {error}") from error
        for name, value in model.state_dict().items():
            if said[name].dtype != np.float32 or said[name].tobytes() != value.numpy().tobytes():
                raise WrongData(f"{name} is not what the bytes say")
        for kind, content in told.items():
            if rows_of.get(kind) not in (None, hashlib.sha256(content).hexdigest()[:16]):
                raise WrongData(f"the ids of {kind} are not those that the file says the digest of")
            if kind not in ids:
                raise WrongData(f"the ids of {kind} are lost")


def _parse(raw: bytes) -> tuple[dict[str, np.ndarray], dict[str, str], dict[str, bytes]]:
    """Weights by name, digests of ids and encoded ids by node type."""
    length = struct.unpack("<Q", raw[:8])[0]
    header, body = json.loads(raw[8 : 8 + length]), raw[8 + length :]
    rows_of = json.loads(header.pop("__metadata__", {}).get("rows_of", "{}"))
    if not isinstance(rows_of, dict) or not all(isinstance(digest, str) for digest in rows_of.values()):
        raise ValueError(f"no digests by node type: {rows_of!r}")
    weights, told = {}, {}
    for name, entry in header.items():
        start, stop = entry["data_offsets"]
        if name.startswith("raw_id/"):
            told[name.removeprefix("raw_id/")] = body[start:stop]
        else:
            dtype = {"F32": np.float32, "F64": np.float64, "F16": np.float16}.get(entry["dtype"], np.uint8)
            weights[name] = np.frombuffer(body[start:stop], dtype)
    return weights, rows_of, told
