"""The parts of the CRANE study, as data: which variants each one compares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

TABLES = ("ablation", "fusion", "aggregation")
GRIDS = {
    "layers": {"num_ui_layers": (1, 2, 3, 4), "num_ii_layers": (1, 2, 3)},
    "rounds": {"num_rounds": (1, 2, 3, 4), "k": (5, 10, 15, 20)},
}
PARTS = (*TABLES, *GRIDS, "convergence", "cost")
FULL = "full"
"""Name of the model of the preset, without changes."""


@dataclass(frozen=True)
class Variant:
    """A row of a table: what it is called, and how its model differs from the preset."""

    label: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    model: str = "CRANE"


FULL_MODEL = Variant("full model")
LIGHT_GCN = Variant("LightGCN", model="LightGCN")

ABLATION = (
    FULL_MODEL,
    Variant("without item graph", {"num_ii_layers": 0}),
    Variant("one round", {"num_rounds": 1}),
    Variant("without attention", {"num_rounds": 0}),
    Variant("without GCN", {"num_ui_layers": 0}),
    Variant("without contrast", {"cl_weight": 0}),
    Variant("without dual fusion", {"late_fusion": True}),
    LIGHT_GCN,
)
FUSION = (
    Variant("C: concatenation", {"fusion": "concat"}),
    Variant("S: sum", {"fusion": "sum"}),
    Variant("A: average", {"fusion": "average"}),
)
AGGREGATION = tuple(Variant(aggr, {"profile_aggr": aggr}) for aggr in ("sum", "mean", "max", "attention"))


def variants(part: str, modality_dims: Mapping[str, int]) -> tuple[Variant, ...]:
    """The variants of a part that is trained; of grids, one per cell, in the order of the product.

    Args:
        part: Name out of :data:`PARTS`, but for ``cost``.
        modality_dims: The modalities of the data; each is a row of the part ``fusion``.
    """
    if part == "ablation":
        return ABLATION
    if part == "fusion":
        single = [
            Variant(f"{name} only", {"modality_dims": {name: dim}}) for name, dim in modality_dims.items()
        ]
        return (*single, *FUSION)
    if part == "aggregation":
        return AGGREGATION
    if part == "convergence":
        return FULL_MODEL, LIGHT_GCN
    axes = GRIDS[part]
    cells = [dict(zip(axes, cell, strict=True)) for cell in product(*axes.values())]
    return tuple(Variant(", ".join(f"{name} {cell[name]}" for name in axes), cell) for cell in cells)


def folder(variant: Variant, base: Mapping[str, Any]) -> str:
    """Where the runs of a variant lie: named by what differs from the preset, so that parts share runs.

    Args:
        variant: The variant.
        base: All arguments of the model of the preset.
    """
    if variant.model != "CRANE":
        return variant.model
    changes = {name: value for name, value in variant.changes.items() if base[name] != value}
    texts = [f"{name}={'+'.join(v) if isinstance(v, Mapping) else v}" for name, v in changes.items()]
    return ",".join(texts) or FULL
