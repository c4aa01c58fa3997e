"""What a model is asked: a data set, its split, and what is taken away from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from torch_geometric.data import HeteroData

from pygmmrec.data import ColdItemSplit, RatioSplit, relabel
from pygmmrec.datasets import load_dataset
from pygmmrec.datasets.load import NAMES
from pygmmrec.transforms import ActiveUsers, LoseModality
from pygmmrec.utils.check import check

SPLIT = ",split="
OF_ONE_GRAPH = "data"
"""What a graph without a name is called."""


@dataclass(frozen=True)
class Protocol:
    """A data set and what is done to it before any model sees it.

    Args:
        dataset: ``synthetic``, ``tiktok``, ``lfm2k``, or any other name of the folder in ``root`` or of
            ``data``. A preset of that name is where models start.
        root: The folder of the data set, where it has one.
        split: Seed of a new split, 8:1:1 per user. ``None`` keeps the split of the data set.
        missing: Share of the items that lose a modality.
        modality: Which one they lose. ``None`` draws one for each item.
        cold: Share of the items that have no training edge; half of them validate, half test.
        min_interactions: Users with fewer interactions in all parts are left out, before any split.
        data: The graph itself, where it is not read from a folder.
    """

    dataset: str
    root: str | None = None
    split: int | None = None
    missing: float = 0.0
    modality: str | None = None
    cold: float = 0.0
    min_interactions: int = 0
    data: HeteroData | None = field(default=None, compare=False, repr=False)

    def __post_init__(self) -> None:
        plain = bool(self.dataset) and not set(self.dataset) & set("/\\,=")
        check(plain, "dataset", "a name without slashes, commas and equals signs", self, self.dataset)

    @property
    def name(self) -> str:
        """What differs from the data set as it is, but for the split; names folders and tables."""
        parts = [self.dataset]
        if self.min_interactions:
            parts.append(f"min_interactions={self.min_interactions}")
        if self.missing:
            parts.append(f"missing={self.missing:g}" + (f"-{self.modality}" if self.modality else ""))
        if self.cold:
            parts.append(f"cold={self.cold:g}")
        return ",".join(parts)

    @property
    def full_name(self) -> str:
        """The name with the split, as results carry it."""
        return self.name if self.split is None else f"{self.name}{SPLIT}{self.split}"

    def of_split(self, split: int | None) -> Protocol:
        """The same on another split."""
        return replace(self, split=split)

    def load(self) -> HeteroData:
        """The graph, before any model's ``pre_transform``."""
        if self.data is not None:
            data = self.data
        else:
            kind = self.dataset if self.dataset in NAMES else "folder"
            data = cast(HeteroData, load_dataset(kind, self.root)[0])
        if self.min_interactions:
            data = ActiveUsers(self.min_interactions)(data)
        seed = 0 if self.split is None else self.split
        if self.cold:
            data = relabel(data, ColdItemSplit(self.cold, seed=seed))
        elif self.split is not None:
            data = relabel(data, RatioSplit(seed=seed))
        if self.missing:
            data = LoseModality(self.missing, modality=self.modality, seed=seed)(data)
        return data


def parse_full_name(full_name: str) -> tuple[str, int | None]:
    """The name and the split of :attr:`Protocol.full_name`."""
    name, found, split = full_name.partition(SPLIT)
    return name, int(split) if found else None


def as_protocols(
    data: HeteroData | Mapping[str, HeteroData] | Protocol | str | Iterable[Protocol | str],
) -> tuple[Protocol, ...]:
    """What models are asked, from graphs, named graphs, data sets by name, or protocols.

    Raises:
        ValueError: If there is nothing, or two of them have the same name.
    """
    if isinstance(data, HeteroData):
        found = [Protocol(OF_ONE_GRAPH, data=data)]
    elif isinstance(data, Mapping):
        found = [Protocol(name, data=graph) for name, graph in data.items()]
    else:
        listed = [data] if isinstance(data, (Protocol, str)) else list(data)
        found = [each if isinstance(each, Protocol) else Protocol(each) for each in listed]
    names = [protocol.name for protocol in found]
    check(len(names) > 0, "data", "at least one graph", "as_protocols", names)
    check(len(set(names)) == len(names), "data", "of different names", "as_protocols", names)
    return tuple(found)
