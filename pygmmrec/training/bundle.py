"""What makes the folder of a finished run a bundle, which is all that another process needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch_geometric.data import HeteroData

from pygmmrec.bundles.embeddings import made_from, save_embeddings
from pygmmrec.bundles.graph_files import save_graph
from pygmmrec.bundles.manifest import FORMAT, MANIFEST, WEIGHTS, Manifest, described
from pygmmrec.bundles.values import encode
from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.models.recommender import Recommender
from pygmmrec.training.files.plain import to_json
from pygmmrec.training.folder import OutputFolder
from pygmmrec.training.result import FitResult
from pygmmrec.typing import PREPARED, Embeddings


class Provenance(NamedTuple):
    """Where the model of a bundle comes from, see :class:`~pygmmrec.bundles.Manifest`."""

    dataset: str
    seed: int
    commit: str | None
    trained_on: Sequence[str] = ("train",)
    lineage: Sequence[dict[str, Any]] = ()


def write_bundle(
    folder: OutputFolder,
    model: Recommender,
    data: HeteroData,
    result: FitResult,
    lineage: Sequence[dict[str, Any]] = (),
    out: Embeddings | None = None,
) -> None:
    """Write the bundle of a run, see :func:`complete_bundle`.

    Args:
        folder: That of the run, with its weights.
        model: The model, with these weights.
        data: Its graph, prepared.
        result: Says the arguments of the model, and where it comes from.
        lineage: The bundles that it goes back to, oldest first. (default: none)
        out: What the model gives for the graph, if that is known. (default: ``None``, it is asked)

    Raises:
        ValueError: If something in the graph or an argument of the model is of a type that no file can hold;
            the message names it.
    """
    trained_on = result.config["training"].get("trained_on", ["train"])
    origin = Provenance(result.dataset, result.seed, result.environment.get("commit"), trained_on, lineage)
    complete_bundle(folder.path, model, data, result.config["model"], result.data, origin, out)


def complete_bundle(
    path: Path,
    model: Recommender,
    data: HeteroData,
    config: Mapping[str, Any],
    summary: Mapping[str, Any],
    origin: Provenance,
    out: Embeddings | None = None,
) -> None:
    """Write graph and embeddings beside weights, and last the manifest, without which a folder is no bundle.

    Args:
        path: The folder with the weights.
        model: The model, with these weights.
        data: Its graph, prepared.
        config: Arguments of the model.
        summary: What the graph is of.
        origin: Where the model comes from.
        out: What the model gives for the graph. (default: ``None``, it is asked)

    Raises:
        ValueError: As :func:`write_bundle` does.
    """
    (path / MANIFEST).unlink(missing_ok=True)  # the files that it describes are replaced
    told = {name: encode(value, f"config.{name}") for name, value in config.items()}
    files = described([path / WEIGHTS, *save_graph(data, path)])
    if out is None:
        with eval_mode(model):
            out = model(data)
    dense = all(side.layout == torch.strided for side in out)  # sparse ones are the graph's, or the weights'
    if type(out) is Embeddings and dense:  # a model of one's own may give more
        files |= described([save_embeddings(path, out, made_from(told, files))])
    kind = type(model)
    manifest = Manifest(
        format=FORMAT,
        library=version("pygmmrec"),
        model={"module": kind.__module__, "name": kind.__qualname__},
        config=told,
        prepared=data.get(PREPARED),
        dataset=origin.dataset,
        seed=origin.seed,
        commit=origin.commit,
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        data=to_json(summary),
        lineage=list(origin.lineage),
        files=files,
        trained_on=list(origin.trained_on),
    )
    manifest.save(path)
