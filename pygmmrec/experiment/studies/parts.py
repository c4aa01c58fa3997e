"""What a study is made of: variants of one model, in parts that compare some of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from pygmmrec.experiment.settings.preset import look

FULL = "full"
"""Folder of the model of the preset, without changes."""

Config = Mapping[str, Any]
"""All arguments of the model of the preset, with the sizes of the data."""


@dataclass(frozen=True)
class Variant:
    """A row of a table: what it is called, and how its model differs from the preset.

    Changes are by argument; of a mapping, as in ``rca.num_rounds``, only what is named changes. Another model
    than that of the study, by name, has a preset of its own.
    """

    label: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None


def short(name: str) -> str:
    """The setting without the mapping that it lies in: ``num_rounds`` of ``rca.num_rounds``."""
    return name.rpartition(".")[2]


FULL_MODEL = Variant("full model")
LIGHT_GCN = Variant("LightGCN", model="LightGCN")
FREEDOM = Variant("FREEDOM", model="FREEDOM")


@dataclass(frozen=True)
class Part:
    """Variants that are compared, and how they are shown.

    Args:
        kind: Name of the table and the figure, out of ``pygmmrec.experiment.studies.tables.TABLES``.
        rows: The variants, or what says them from the arguments of the model of the preset.
        axes: Instead of ``rows``: the settings whose combinations are the variants, with their values.
    """

    kind: str
    rows: Sequence[Variant] | Callable[[Config], Sequence[Variant]] = ()
    axes: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def variants(self, base: Config) -> tuple[Variant, ...]:
        """The variants; of axes, one per cell, in the order of the product."""
        if not self.axes:
            return tuple(self.rows(base) if callable(self.rows) else self.rows)
        cells = [dict(zip(self.axes, cell, strict=True)) for cell in product(*self.axes.values())]
        named = [", ".join(f"{short(name)} {value}" for name, value in cell.items()) for cell in cells]
        return tuple(Variant(label, cell) for label, cell in zip(named, cells, strict=True))


@dataclass(frozen=True)
class Plan:
    """A study: its model, and its parts by name."""

    model: str
    parts: Mapping[str, Part]


CONVERGENCE = Part("convergence", (FULL_MODEL, LIGHT_GCN))


def single_modalities(base: Config) -> list[Variant]:
    """The model of one modality alone, for each that the data has."""
    return [
        Variant(f"{name} only", {"modality_dims": {name: dim}}) for name, dim in base["modality_dims"].items()
    ]


def folder(variant: Variant, base: Config) -> str:
    """Where the runs of a variant lie: named by what differs from the preset, so that parts share runs.

    Args:
        variant: The variant.
        base: All arguments of the model of the preset.
    """
    if variant.model is not None:
        return variant.model
    changes = {short(name): value for name, value in variant.changes.items() if look(base, name) != value}
    texts = [f"{name}={'+'.join(v) if isinstance(v, Mapping) else v}" for name, v in changes.items()]
    return ",".join(texts) or FULL
