"""What a graph is of: rows and what was left out of them, nodes, parts of the split, degrees, modalities."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pygmmrec.graph.summary_text import Block, aligned


@dataclass(frozen=True)
class Dropped:
    """Rows of the table that make no pair of the graph.

    Args:
        step: What left them out, such as an argument of :class:`~pygmmrec.data.Positives`.
        reason: Why, worded to follow "rows".
        rows: How many they are.
    """

    step: str
    reason: str
    rows: int


@dataclass(frozen=True)
class Part:
    """A part of the split.

    Args:
        interactions: Its pairs.
        users: Users that have one of them.
        items: Items that have one.
        cold_users: Of a held-out part, those of its users that have no training edge; of training, all users
            that have none.
        cold_items: Likewise.
    """

    interactions: int
    users: int
    items: int
    cold_users: int
    cold_items: int


@dataclass(frozen=True)
class Degrees:
    """Training edges of the users, or of the items, those without any included."""

    min: int
    median: float
    mean: float
    max: int


@dataclass(frozen=True)
class Modality:
    """Features of the items.

    Args:
        shape: Of the tensor, items first.
        missing: Items that lack them.
        made_by: What their file says of the model that made them; ``None`` where nothing is said.
    """

    shape: list[int]
    missing: int
    made_by: dict[str, Any] | None = None


@dataclass(frozen=True)
class Summary:
    """What a graph is of; ``str`` makes an aligned table of it.

    Args:
        rows: Rows of the table that it was built from; ``None`` where the graph does not say it.
        dropped: Rows that were left out, in the order of the steps.
        split: What labelled the others; ``None`` where the graph does not say it.
        users: Users of the graph.
        items: Its items.
        parts: Of the split: ``train``, ``valid`` and ``test``.
        density: Interactions of all parts for each pair of a user and an item.
        degrees: Of ``user`` and of ``item``, in training.
        modalities: Features by name.
    """

    rows: int | None
    dropped: list[Dropped]
    split: str | None
    users: int
    items: int
    parts: dict[str, Part]
    density: float
    degrees: dict[str, Degrees]
    modalities: dict[str, Modality]

    @property
    def interactions(self) -> int:
        """Pairs of all parts."""
        return sum(part.interactions for part in self.parts.values())

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        rows: Block = []
        if self.rows is not None:
            rows = [["rows of the table", self.rows]]
            rows += [[f"- {each.reason}", -each.rows] for each in self.dropped]
            rows += [["interactions", self.interactions]]
        graph: Block = [["users", self.users], ["items", self.items], ["density", f"{self.density:.3%}"]]
        names = ["interactions", "users", "items", "cold users", "cold items"]
        parts: Block = [["", *names]]
        parts += [[name, *vars(part).values()] for name, part in self.parts.items()]
        degrees: Block = [["training edges of", "min", "median", "mean", "max"]]
        degrees += [
            [node, each.min, f"{each.median:g}", f"{each.mean:.1f}", each.max]
            for node, each in self.degrees.items()
        ]
        features: Block = [["modality", "shape", "missing"]]
        features += [
            [name, " x ".join(map(str, each.shape)), each.missing] for name, each in self.modalities.items()
        ]
        split: Block = [] if self.split is None else [[f"split: {self.split}"]]
        return aligned([rows, graph, split, parts, degrees, features if self.modalities else []])
