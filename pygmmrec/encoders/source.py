"""Where a model comes from: a name on the hub, a local folder, or memory."""

from __future__ import annotations

from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from torch import nn

from pygmmrec.encoders.revision import folder_digest, weights_digest
from pygmmrec.utils.check import check

DIGEST = "sha256:"
"""How a revision begins that tells a model by its content, whatever its name."""


class Source:
    """A model by its name, its folder, or itself.

    Args:
        model: A name on the hub, a folder or a module.
        revision: Branch, tag or commit on the hub.
        only_named: Arguments that change the model itself; not of one that is loaded already.
        where: The object that asks, for errors.

    Attributes:
        name: The name; the last two parts of a folder; or the class of a module.
        folder: The folder, if it is one.
        loaded: The module, if it is one.
        asked: The revision, as it was asked for.

    Raises:
        ValueError: If the folder is not there, or a revision or change is asked of what has none.
    """

    def __init__(self, model: Any, revision: str | None, only_named: dict[str, Any], where: object) -> None:
        named = isinstance(model, (str, PathLike)) and bool(fspath(model))
        fits = named or isinstance(model, nn.Module)
        check(fits, "model", "a name, a folder or a loaded model", where, model)
        self.folder = _folder(model, where) if named else None
        self.loaded: nn.Module | None = None if named else model
        self.name = fspath(model) if named else f"{type(model).__module__}.{type(model).__qualname__}"
        if self.folder is not None:
            self.name = "/".join(self.folder.resolve().parts[-2:])
        self.asked = revision
        on_hub = named and self.folder is None
        remedy = "A revision is of a name on the hub."
        check(on_hub or revision is None, "revision", "None for this model", where, revision, remedy)
        for arg, value in only_named.items():
            remedy = "Set it in the loaded model, or give its name or folder."
            check(named or value is None, arg, "None for a loaded model", where, value, remedy)

    @cached_property
    def revision(self) -> str | None:
        """The revision that was asked for, or a digest of the files of a folder, or of loaded weights."""
        if self.folder is not None:
            return DIGEST + folder_digest(self.folder)
        return self.asked if self.loaded is None else DIGEST + weights_digest(self.loaded)


def commit_of(module: nn.Module) -> str | None:
    """The commit on the hub that a model was loaded from, where a part of it knows."""
    configs = (getattr(part, "config", None) for part in module.modules())
    commits = (getattr(config, "_commit_hash", None) for config in configs)
    return next((commit for commit in commits if isinstance(commit, str)), None)


def _folder(model: str | PathLike[str], where: object) -> Path | None:
    """The folder, where this is not only a name; one on the hub may have a slash too."""
    path = Path(model).expanduser()
    if path.is_dir():
        return path
    only_path = isinstance(model, PathLike) or path.is_absolute() or fspath(model)[0] in ".~"
    check(not only_path, "model", "an existing folder", where, fspath(model))
    return None
