"""A feature file, the ids of its rows and its sidecar: what they have to say, and how they are made."""

from __future__ import annotations

import json
import logging
import platform
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from pygmmrec.data.ids import IdMap
from pygmmrec.data.ids_file import ids_path, write_ids
from pygmmrec.data.sidecar import Sidecar
from pygmmrec.encoders.encoder import Encoder
from pygmmrec.encoders.fill import fill, missing_rows, tell_missing
from pygmmrec.encoders.items import Items
from pygmmrec.encoders.partial import Partial
from pygmmrec.encoders.plan import difference
from pygmmrec.encoders.source import DIGEST
from pygmmrec.graph.raw_ids import digest, ids_as_json
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FeatureFile:
    """A file that :func:`~pygmmrec.encoders.encode` makes.

    Attributes:
        path: The ``.npy`` file.
        encoder: What makes its rows.
        items: Of what they are made.
        ids: Whose rows they are.
    """

    path: Path
    encoder: Encoder
    items: Items
    ids: IdMap

    @cached_property
    def plan(self) -> dict[str, Any]:
        """What the rows depend on, under the names that a sidecar gives it."""
        return {
            "kind": self.encoder.kind,
            "model": self.encoder.model,
            "revision": self.encoder.revision,
            "settings": self.encoder.settings(),
            "count": len(self.items),
            "ids": digest(ids_as_json(self.ids.ids)),
            "content": self.items.digest,
        }

    def is_made(self) -> bool:
        """Whether the file is there, as it would be made now, and undamaged.

        Raises:
            ValueError: If it is there, and is not.
        """
        if not self.path.exists():
            return False
        shown, anew = str(self.path), "Choose another file, or make this one anew by overwrite=True."
        sidecar = Sidecar.of(self.path)
        requirement = "a new file, or one that 'encode' made"
        check(sidecar is not None, "output", requirement, "encode", f"{shown}, without a .json file", anew)
        assert sidecar is not None
        held = {name: getattr(sidecar, name) for name in self.plan}
        if held["revision"] == self.plan["revision"] and str(held["revision"]).startswith(DIGEST):
            held["model"] = self.plan["model"]  # the same by its content, whatever its name
        told = difference(held, self.plan)
        requirement = "a file of the same model, settings, ids and content"
        check(not told, "output", requirement, "encode", f"{shown}, whose {told}", anew)
        sidecar.check(self.path)
        if not ids_path(self.path).is_file():
            write_ids(self.ids, self.path)
        logger.info("%s is there, made on %s", shown, sidecar.date)
        return True

    def make(self, device: torch.device, *, batch_size: int, progress: bool, anew: bool = False) -> None:
        """Make the file, or go on where an interrupted call stopped.

        What stands under its name is removed only when its new content is complete, and there is never a file
        beside the sidecar of another.

        Args:
            device: Where the model runs.
            batch_size: Values that are encoded at once.
            progress: Whether to show a bar on a terminal.
            anew: Whether what an interrupted call of other settings left may go (default: ``False``).

        Raises:
            ValueError: If another process makes it, the rows are not valid, or what an interrupted call left
                is of other settings.
        """
        ran_on = self.encoder.load(device)
        facts = {
            **self.plan,
            "found": self.encoder.found(),
            "versions": {"python": platform.python_version(), **self.encoder.versions()},
            "device": ran_on,
            "batch_size": batch_size,
        }
        with Partial(self.path, facts, anew=anew) as partial:
            matrix = fill(
                partial, self.encoder, self.items, self.ids.ids, batch_size=batch_size, progress=progress
            )
            missing = missing_rows(matrix)
            listed = tell_missing(self.path.name, missing, self.ids)
            sidecar = Sidecar(
                **facts,
                row_shape=list(matrix.shape[1:]),
                num_missing=len(missing),
                missing=json.loads(ids_as_json(listed)),
                date=datetime.now(timezone.utc).isoformat(timespec="seconds"),
                sha256=partial.digest(),
            )
            del matrix
            self.path.unlink(missing_ok=True)
            write_ids(self.ids, self.path)
            sidecar.write(self.path)
            partial.publish()
