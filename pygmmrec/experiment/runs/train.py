"""One training run of a model, done once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pygmmrec.bundles.manifest import MANIFEST
from pygmmrec.experiment.runs.prepare import prepare
from pygmmrec.experiment.settings.preset import Preset, within
from pygmmrec.experiment.settings.protocol import Protocol
from pygmmrec.models import Recommender
from pygmmrec.training import FitResult, Options, fit
from pygmmrec.training.files.details import PER_PAIR, PER_USER
from pygmmrec.training.folder import STATE
from pygmmrec.training.options import MONITOR


def stored(
    output: Path, model: dict[str, Any], options: dict[str, Any], *, bundle: bool = False
) -> FitResult | None:
    """The result in a folder, if there is one and its run came to its end.

    A run writes its result first, and may die before the details of the test set and the bundle stand beside
    it. One that left its state then goes on from it, and writes what is missing.

    Args:
        output: The folder.
        model: Arguments of the model. Those that are not named are not compared.
        options: As :func:`~pygmmrec.experiment.runs.prepare.training_options` says them.
        bundle: Whether the run ends with a bundle. (default: ``False``)

    Raises:
        ValueError: If it is of other settings.
    """
    path = output / "result.json"
    if not path.is_file():
        return None
    result = FitResult.load(path)
    asked = Options(**options)
    transform = " ".join(repr(asked.epoch_transform).split())
    wanted = {**asked.config, "epochs": asked.epochs, "epoch_transform": transform}
    found = {**Options().config, **result.config["training"]}  # an older one lacks what is new
    left_to_the_graph = {"ks": None, "monitor": MONITOR}
    compared = [
        name
        for name, value in options.items()
        if name in wanted and (name not in left_to_the_graph or value != left_to_the_graph[name])
    ]
    alike = within(model, result.config["model"])
    if not alike or any(found[name] != wanted[name] for name in compared):
        raise ValueError(f"{output} holds a result of other settings: choose another 'output', or delete it")
    last = [PER_USER, PER_PAIR] * bool(result.test) + [MANIFEST] * bundle
    over = all((output / name).is_file() for name in last) or not (output / STATE).is_file()
    return result if over else None


def train(
    model: type[Recommender],
    seed: int,
    settings: Preset,
    *,
    protocol: Protocol,
    output: Path,
    epochs: int | None = None,
    device: str = "auto",
    progress: bool = False,
    bundle: bool = False,
) -> FitResult:
    """The result in ``output``, or of a new or resumed run that leaves it there.

    Args: as in :func:`~pygmmrec.experiment.runs.prepare.prepare`, and ``output``, ``device``, ``progress``
        and ``bundle`` of :class:`~pygmmrec.training.Run`. By default there is none: runs of a comparison are
        many, and have their graph in common.

    Raises:
        ValueError: If the folder holds a result of other settings.
    """
    built, data, options = prepare(model, seed, settings, protocol=protocol, epochs=epochs)
    result = stored(output, built.config, options, bundle=bundle)
    if result is None:
        result = fit(
            built,
            data,
            output=output,
            resume=True,
            device=device,
            progress=progress,
            bundle=bundle,
            **options,
        )
    return result
