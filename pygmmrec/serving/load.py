"""A bundle, from its folder to a model that answers."""

from __future__ import annotations

import logging
from os import PathLike
from pathlib import Path

import torch
from lightning_fabric import Fabric

from pygmmrec.bundles.embeddings import EMBEDDINGS, load_embeddings, made_from
from pygmmrec.bundles.graph_files import load_graph
from pygmmrec.bundles.manifest import WEIGHTS, Manifest
from pygmmrec.bundles.values import decode
from pygmmrec.graph.raw_ids import id_digests
from pygmmrec.models import Recommender
from pygmmrec.serving.bundled_class import bundled_class
from pygmmrec.serving.served import Served
from pygmmrec.training.device import single_device
from pygmmrec.training.files.weights import fill, read_weights
from pygmmrec.typing import Embeddings
from pygmmrec.utils.seed import seeded

logger = logging.getLogger(__name__)


def load(
    path: str | PathLike[str],
    *,
    model: type[Recommender] | None = None,
    device: str | torch.device = "cpu",
) -> Served:
    """The model that a training run left in its folder, ready to answer; nothing else is needed.

    .. code-block:: python

        rec = pg.load("runs/crane")
        rec.recommend(["ada", "bob"], k=10)

    Nothing is unpickled, and no class is looked up but those of :mod:`pygmmrec.models`. All files are
    compared with their digests first. Embeddings are those of the bundle; where it has none, or they are of
    other weights or another graph or without a digest, the first question computes them.

    Args:
        path: The folder, ``output`` of :func:`~pygmmrec.training.fit`.
        model: The class of a model that is none of this library's. Its name has to be that of the bundle's.
            (default: the model of this library that the bundle names)
        device: ``cpu``, ``cuda``, ``cuda:1``, or ``auto``, which is CUDA where there is one.
            (default: ``cpu``)

    Raises:
        ValueError: If the folder is no bundle, or one of another format, a file is missing, damaged or has no
            digest, or the class is none of this library's and was not given, or another one was.
    """
    folder = Path(path)
    fabric = single_device(device, where="load")
    manifest = Manifest.load(folder)
    kind = bundled_class(manifest.model, model)
    manifest.check_files(folder)
    data = load_graph(folder, manifest.files)
    built = _built(kind, manifest, fabric)
    built.rows_of = id_digests(data)
    _fill(built, folder / WEIGHTS)
    listed = EMBEDDINGS in manifest.files
    out = load_embeddings(folder, made_from(manifest.config, manifest.files)) if listed else None
    if out is not None:
        out = Embeddings(out.user.to(fabric.device), out.item.to(fabric.device))
    return Served(built.to(fabric.device).eval(), data.to(fabric.device), manifest, out)


def _built(kind: type[Recommender], manifest: Manifest, fabric: Fabric) -> Recommender:
    """The model, with weights that nobody has drawn; random numbers of the caller do not move on."""
    config = manifest.config
    try:
        config = {name: decode(value) for name, value in config.items()}
        with seeded(0), fabric.init_module(empty_init=True):
            return kind(**config)
    except Exception as error:  # whatever Python and torch raise for arguments that nobody gave
        wanted = f"'path' needs to be a bundle whose arguments {kind.__name__} takes in 'load'"
        remedy = f"Load it with pygmmrec {manifest.library}, which wrote it, or train again"
        raise ValueError(f"{wanted} (got {config!r}: {error}). {remedy}") from error


def _fill(model: Recommender, path: Path) -> None:
    """Put the weights of a bundle into its model, in the precision in which they were trained."""
    saved = read_weights(path, "load")
    if saved.model != repr(model):
        logger.warning("The model is %s now, and was %s when it was trained", model, saved.model)
    types = {value.dtype for value in saved.weights.values() if value.is_floating_point()}
    if len(types) == 1:
        model.to(types.pop())
    fill(model, saved, path, None)
