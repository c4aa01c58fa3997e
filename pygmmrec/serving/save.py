"""A model that answers, from memory to a bundle, and what its past was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from torch_geometric.data import HeteroData

from pygmmrec.bundles.manifest import MANIFEST, WEIGHTS, Manifest, ancestor
from pygmmrec.graph.summarize import summarize
from pygmmrec.models import Recommender
from pygmmrec.serving.export.folder import new_folder
from pygmmrec.training.bundle import Provenance, complete_bundle
from pygmmrec.training.environment import environment
from pygmmrec.training.files.weights import save_weights
from pygmmrec.typing import INTERACTS, Embeddings


@dataclass(frozen=True)
class Past:
    """What is known of where a model comes from.

    Args:
        dataset: Name of the data set.
        seed: Seed of the training.
        trained_on: The parts of the split whose pairs are training edges.
        lineage: The bundles that it goes back to, oldest first.
        bundle: The one that it was loaded from, unless it has grown since.
    """

    dataset: str = "unnamed"
    seed: int = 0
    trained_on: Sequence[str] = ("train",)
    lineage: tuple[dict[str, Any], ...] = ()
    bundle: Manifest | None = None

    @classmethod
    def of(cls, manifest: Manifest) -> Past:
        """The past of a model that was loaded."""
        told = manifest.dataset, manifest.seed, manifest.trained_on, tuple(manifest.lineage)
        return cls(*told, bundle=manifest)

    def grown(self, **added: int) -> Past:
        """The past of a model with more nodes, so many of each type, that were not trained."""
        if self.bundle is not None:
            told = ancestor(self.bundle, added=added)
            return replace(self, lineage=(*self.lineage, told), bundle=None)
        if not self.lineage:
            return self
        *older, last = self.lineage
        before = last.get("added", {})
        both = {kind: before.get(kind, 0) + number for kind, number in added.items()}
        return replace(self, lineage=(*older, {**last, "added": both}))


def save(
    folder: str | PathLike[str],
    model: Recommender,
    data: HeteroData,
    past: Past,
    out: Embeddings,
    overwrite: bool,
) -> Path:
    """Write a bundle of a model and its graph, into a folder that appears only once it is complete.

    Args:
        folder: A new folder, or an empty one.
        model: The model.
        data: Its graph, prepared.
        past: Where it comes from.
        out: What the model gives for the graph.
        overwrite: Whether an earlier bundle may be replaced.

    Raises:
        ValueError: If something else is there, or something in the graph is of a type that no file can hold.
    """
    commit = environment(data[INTERACTS].edge_index.device)["commit"]
    origin = Provenance(past.dataset, past.seed, commit, past.trained_on, past.lineage)
    with new_folder(folder, overwrite, "save", "bundle", MANIFEST) as new:
        save_weights(model, new / WEIGHTS, data)
        complete_bundle(new, model, data, model.config, summarize(data).as_dict(), origin, out)
    return Path(folder)
