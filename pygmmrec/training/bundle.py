"""What makes the folder of a finished run a bundle, which is all that another process needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from typing import Any

from torch_geometric.data import HeteroData

from pygmmrec.bundles.graph_files import save_graph
from pygmmrec.bundles.manifest import FORMAT, Manifest, described
from pygmmrec.bundles.values import encode
from pygmmrec.models.recommender import Recommender
from pygmmrec.training.files.plain import to_json
from pygmmrec.training.folder import OutputFolder
from pygmmrec.training.result import FitResult
from pygmmrec.typing import PREPARED


def write_bundle(
    folder: OutputFolder,
    model: Recommender,
    data: HeteroData,
    result: FitResult,
    lineage: Sequence[dict[str, Any]] = (),
) -> None:
    """Write the graph beside the weights, and last the manifest, without which a folder is no bundle.

    Args:
        folder: That of the run, with its weights.
        model: The model, for its class.
        data: Its graph, prepared.
        result: Says the arguments of the model, and where it comes from.
        lineage: The bundles that it goes back to, oldest first. (default: none)

    Raises:
        ValueError: If something in the graph or an argument of the model is of a type that no file can hold;
            the message names it.
    """
    folder.manifest.unlink(missing_ok=True)  # the files that it describes are replaced
    config = {name: encode(value, f"config.{name}") for name, value in result.config["model"].items()}
    files = [folder.weights, *save_graph(data, folder.path)]
    kind = type(model)
    manifest = Manifest(
        format=FORMAT,
        library=version("pygmmrec"),
        model={"module": kind.__module__, "name": kind.__qualname__},
        config=config,
        prepared=data.get(PREPARED),
        dataset=result.dataset,
        seed=result.seed,
        commit=result.environment.get("commit"),
        created=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        data=to_json(result.data),
        lineage=list(lineage),
        files=described(files),
    )
    manifest.save(folder.path)
