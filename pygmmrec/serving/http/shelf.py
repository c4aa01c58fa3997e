"""The bundles that are served, each of which a newer one may replace while requests are answered."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import TypeAlias

from pygmmrec.serving.http.ready import Ready
from pygmmrec.serving.http.refusal import Refusal
from pygmmrec.serving.load import load
from pygmmrec.serving.served import Served
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)

Source: TypeAlias = Served | str | PathLike[str]
"""A model that was loaded, or the folder of a bundle."""


class Shelf:
    """Bundles by name, the first of which answers where a request names none.

    Args:
        sources: Loaded models, or folders to load.
        device: Where the models of folders are, see :func:`~pygmmrec.load`.
        reloaded: Called with ``"done"`` or ``"failed"`` after each reload.

    Raises:
        ValueError: If a folder is no bundle.
    """

    def __init__(
        self,
        sources: Mapping[str, Source],
        device: str = "cpu",
        reloaded: Callable[[str], None] = lambda outcome: None,
    ) -> None:
        check(len(sources) > 0, "sources", "at least one bundle", self, 0)
        self._sources, self._device, self._reloaded = dict(sources), device, reloaded
        self._lock = Lock()
        self._ready = {name: self._get_ready(name) for name in self._sources}

    @property
    def ready(self) -> Mapping[str, Ready]:
        """All bundles, as they are now."""
        return self._ready

    def get(self, name: str | None) -> Ready:
        """A bundle, or the first.

        Who has got one keeps it: a reload does not change what a request is answered from.

        Raises:
            Refusal: With status 404, if there is none of that name.
        """
        ready = self._ready
        if name is None:
            return next(iter(ready.values()))
        if name not in ready:
            raise Refusal(404, f"No bundle has the name {name!r}. There are {', '.join(map(repr, ready))}")
        return ready[name]

    def reload(self) -> list[str]:
        """Load all folders again, and answer from the new ones once all are ready.

        Returns:
            Names of the bundles.

        Raises:
            Refusal: With status 409, if one cannot be loaded, or none came from a folder. The old ones go on.
        """
        names = [name for name, source in self._sources.items() if not isinstance(source, Served)]
        if not names:
            raise Refusal(409, "No bundle was loaded from a folder, so there is nothing to load again")
        with self._lock:
            try:
                fresh = {name: self._get_ready(name) for name in names}
            except (ValueError, OSError) as error:
                logger.warning("The old bundles go on: %s", error)
                self._reloaded("failed")
                raise Refusal(409, f"The old bundles go on. {error}") from error
            self._ready = {**self._ready, **fresh}  # one assignment, so that no request sees half of it
        logger.info("Loaded again: %s", ", ".join(names))
        self._reloaded("done")
        return names

    def _get_ready(self, name: str) -> Ready:
        source = self._sources[name]
        return Ready(source if isinstance(source, Served) else load(source, device=self._device), name)


def named(bundle: Source, other: Source | None = None) -> dict[str, Source]:
    """Bundles by the names of their folders or, without any, of their models; two never share one."""
    first = _name(bundle)
    if other is None:
        return {first: bundle}
    second = _name(other)
    return {first: bundle, second if second != first else f"{second} 2": other}


def _name(source: Source) -> str:
    return type(source.model).__name__ if isinstance(source, Served) else Path(source).resolve().name
