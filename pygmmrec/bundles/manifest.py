"""What a bundle says of itself: of which format it is, whose model it holds, and which files belong to it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pygmmrec.bundles.embeddings import EMBEDDINGS
from pygmmrec.bundles.graph_files import STORES, TENSORS
from pygmmrec.utils.check import check
from pygmmrec.utils.files import replacing, sha256_of
from pygmmrec.utils.json_file import check_fields, object_digest, read_json

MANIFEST = "bundle.json"
WEIGHTS = "model.safetensors"
NEEDED = (WEIGHTS, STORES, TENSORS)
"""Files without which there is no model or no graph."""

FORMAT = 1
"""The format that this version writes and reads."""

OWN = "sha256"
"""Where the file has the digest of all else that it says."""

REMEDY = "fit(model, data, output=folder) leaves one"
ANOTHER = "Train again, or take another copy of the folder"


@dataclass(frozen=True)
class Manifest:
    """The file ``bundle.json`` of a bundle.

    Attributes:
        format: Number of the format.
        library: Version of the library that wrote it.
        model: ``module`` and ``name`` of the model's class.
        config: Arguments of the model, see :func:`~pygmmrec.bundles.values.encode`.
        prepared: Who prepared the graph and how; ``None`` if it was done by hand.
        dataset: Name of the data set.
        seed: Seed of the training.
        commit: Commit of the library that wrote it, if it was a checkout.
        created: When, in UTC.
        data: What the graph is of, as :func:`~pygmmrec.data.summarize` says it.
        lineage: The bundles that this one goes back to, oldest first; empty for a first run.
        files: ``sha256`` and ``size`` in bytes of each file, by name.
        trained_on: The parts of the split whose pairs are training edges.
    """

    format: int
    library: str
    model: dict[str, str]
    config: dict[str, Any]
    prepared: dict[str, Any] | None
    dataset: str
    seed: int
    commit: str | None
    created: str
    data: dict[str, Any] = field(repr=False)
    lineage: list[dict[str, Any]]
    files: dict[str, dict[str, Any]] = field(repr=False)
    trained_on: list[str] = field(default_factory=lambda: ["train"])

    def save(self, folder: Path) -> None:
        """Write the file, which makes a bundle of a folder; it appears only once it is complete."""
        values = asdict(self)
        text = json.dumps({**values, OWN: object_digest(values)}, indent=1, allow_nan=False)
        with replacing(folder / MANIFEST) as temporary:
            temporary.write_text(f"{text}\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Manifest:
        """Read the file.

        Raises:
            ValueError: If the folder is missing or no bundle, or of another format, or the file is damaged.
        """
        path = folder / MANIFEST
        check(folder.is_dir(), "path", "an existing folder", "load", str(folder), REMEDY)
        check(path.is_file(), "path", f"a bundle, with a file {MANIFEST}", "load", str(folder), REMEDY)
        told = read_json(path, "load", ANOTHER)
        format, library = told.get("format"), told.get("library")
        remedy = f"Load it with pygmmrec {library}, which wrote it, or train again"
        value = f"{folder} of format {format!r}"
        check(format == FORMAT, "path", f"a bundle of format {FORMAT}", "load", value, remedy)
        whole = told.pop(OWN, None) == object_digest(told)
        check(
            whole,
            "path",
            f"a file {MANIFEST} as it was written",
            "load",
            f"{path}, which is damaged",
            ANOTHER,
        )
        return cls(**check_fields(told, cls, str(path), "load", ANOTHER))

    def check_files(self, folder: Path) -> None:
        """Whether each file is there, byte for byte as it was written. Embeddings may be missing.

        Raises:
            ValueError: If one is missing or of another content, or has no digest; the message names it.
        """
        for name in NEEDED:
            known, listed = f"a bundle that has a digest of {name!r}", sorted(self.files)
            check(name in self.files, "path", known, "load", f"{folder} with digests of {listed}", ANOTHER)
        for name, told in self.files.items():
            path = folder / name
            if name == EMBEDDINGS and not path.exists():
                continue
            there = os.path.isfile(path)  # which is false, and no error, for a name that is too long
            fine = Path(name).name == name and there
            fine = fine and path.stat().st_size == told.get("size") and _digest(path) == told.get("sha256")
            whole = f"a bundle whose file {name!r} is there, as it was written"
            state = "damaged" if there else "missing"
            check(fine, "path", whole, "load", f"{path}, which is {state}", ANOTHER)


def ancestor(manifest: Manifest, **changes: Any) -> dict[str, Any]:
    """A bundle as the lineage of those that come from it says it.

    Args:
        manifest: The bundle.
        changes: What became of its users and items, by a word for it.
    """
    names = ("dataset", "seed", "trained_on", "library", "commit", "created")
    own = {name: getattr(manifest, name) for name in names}
    return {**own, "weights": manifest.files[WEIGHTS]["sha256"], **changes}


def described(paths: Iterable[Path]) -> dict[str, dict[str, Any]]:
    """Digest and size of files, by name."""
    return {path.name: {"sha256": _digest(path), "size": path.stat().st_size} for path in paths}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return sha256_of(file)
