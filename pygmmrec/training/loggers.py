"""Lightning's loggers beside a run: CSV, TensorBoard, Weights & Biases, MLflow, or any of one's own."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeAlias

from pygmmrec.training.callbacks import Callback, Running
from pygmmrec.training.files.plain import to_json
from pygmmrec.training.result import FitResult
from pygmmrec.utils.check import check, check_arguments

GivenLogger: TypeAlias = str | Mapping[str, Any] | Any
"""``"csv"``, ``{"name": "wandb", "project": "plays"}``, or a logger of Lightning's."""

KNOWN = {
    "csv": ("lightning_fabric.loggers", "CSVLogger"),
    "tensorboard": ("lightning_fabric.loggers", "TensorBoardLogger"),
    "wandb": ("pytorch_lightning.loggers", "WandbLogger"),
    "mlflow": ("pytorch_lightning.loggers", "MLFlowLogger"),
}
"""Module and class by name, which is that of the extra to install as well."""

WHERE = "Run"


def make_logger(given: GivenLogger, output: Path | None) -> Any:
    """The logger that was named, or given.

    Args:
        given: Its name; a mapping of its name and its options; or one that is made already.
        output: Folder of the run. Named loggers write into a folder in it, which has their name.

    Raises:
        ValueError: If there is none of that name, it is not installed, or there is no folder.
        TypeError: If it has no such option; the message names the nearest one.
    """
    if not isinstance(given, str | Mapping):
        logs = all(hasattr(given, name) for name in ("log_metrics", "log_hyperparams", "finalize"))
        wanted = f"names of {sorted(KNOWN)} or loggers of lightning_fabric"
        check(logs, "loggers", wanted, WHERE, given)
        return given
    options = {"name": given} if isinstance(given, str) else dict(given)
    name = options.pop("name", None)
    check(name in KNOWN, "loggers", f"names of {sorted(KNOWN)}, or loggers", WHERE, given)
    module, cls = KNOWN[str(name)]
    folder = "root_dir" if module.startswith("lightning_fabric") else "save_dir"
    told = output is not None or folder in options
    check(told, "output", f"a folder where the logger {name!r} is named", WHERE, output)
    own = {folder: output, **({"name": name} if folder == "root_dir" else {})}
    own |= {"flush_logs_every_n_steps": 1} if name == "csv" else {}  # a run that is killed leaves its epochs
    remedy = f"pip install 'pygmmrec[{name}]'"
    try:
        make = getattr(importlib.import_module(module), cls)
        check_arguments(options, make, cls)
        return make(**{**own, **options})
    except ModuleNotFoundError as error:
        raise ValueError(f"The logger {name!r} is not installed ({error}): {remedy}") from error


class Log(Callback):
    """Tells loggers of each epoch: loss terms, validation metrics, learning rate, seconds, and the test.

    A run that was resumed tells of its earlier epochs again, so that each log is whole.

    Args:
        loggers: Names, or loggers.
        output: Folder of the run.

    Raises:
        ValueError: If one is unknown, or not installed.
    """

    def __init__(self, loggers: Sequence[GivenLogger] | GivenLogger, output: Path | None) -> None:
        given = loggers if isinstance(loggers, list | tuple) else [loggers]
        self._loggers = [make_logger(each, output) for each in given]
        self._ended = False

    def began(self, run: Running) -> None:
        """The run begins, or goes on."""
        for each in self._loggers:
            with suppress(NotImplementedError):  # a table of metrics has no place for them
                each.log_hyperparams(to_json(run.config))
        for entry in run.history:
            self._tell(entry)

    def validated(self, run: Running, valid: dict[str, float]) -> None:
        groups = [] if run.optimizer is None else run.optimizer.param_groups
        self._tell(run.history[-1], {f"lr/{place}": group["lr"] for place, group in enumerate(groups)})

    def ended(self, run: Running, result: FitResult) -> None:
        for each in self._loggers:
            if result.test:
                test = {f"test/{name}": value for name, value in result.test.items()}
                each.log_metrics(test, step=result.best_epoch)
            each.finalize("success")
        self._ended = True

    def close(self) -> None:
        """Nothing more is to come, also where the run was interrupted."""
        if not self._ended:
            self._ended = True
            for each in self._loggers:
                each.finalize("aborted")

    def _tell(self, entry: Mapping[str, Any], also: Mapping[str, float] | None = None) -> None:
        told = {f"loss/{name}": value for name, value in entry["loss"].items()}
        told |= {f"valid/{name}": value for name, value in entry["valid"].items()}
        for each in self._loggers:
            each.log_metrics({**told, "seconds": entry["seconds"], **(also or {})}, step=entry["epoch"])
