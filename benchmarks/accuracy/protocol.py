"""What a model is asked: a data set, its split, and what is taken away from it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from torch_geometric.data import HeteroData

from pygmmrec.data import ColdItemSplit, RatioSplit, relabel
from pygmmrec.datasets import load_dataset
from pygmmrec.transforms import LoseModality

SPLIT = ",split="


@dataclass(frozen=True)
class Protocol:
    """A data set and what is done to it before any model sees it.

    Args:
        dataset: ``synthetic``, ``tiktok``, or any other name of the folder in ``root``.
        root: The folder of the data set, where it has one.
        split: Seed of a new split, 8:1:1 per user. ``None`` keeps the split of the data set.
        missing: Share of the items that lose a modality.
        modality: Which one they lose. ``None`` draws one for each item.
        cold: Share of the items that have no training edge; half of them validate, half test.
    """

    dataset: str
    root: str | None = None
    split: int | None = None
    missing: float = 0.0
    modality: str | None = None
    cold: float = 0.0

    @property
    def name(self) -> str:
        """What differs from the data set as it is, but for the split; names folders and tables."""
        parts = [self.dataset]
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
        kind = self.dataset if self.dataset in ("synthetic", "tiktok") else "folder"
        data: HeteroData = load_dataset(kind, self.root)[0]
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
