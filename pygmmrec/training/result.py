"""What a training run has to show."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pygmmrec.training.files.plain import to_json
from pygmmrec.utils.files import replacing
from pygmmrec.utils.json_file import read_fields


@dataclass
class FitResult:
    """Metrics and circumstances of one training run; ``result.json`` holds the same keys.

    Attributes:
        model: Name of the model's class.
        dataset: Name of the data set.
        seed: Seed of the run.
        best_epoch: Epoch with the best monitored validation metric; its weights are the model's. The last one
            where nothing was validated.
        epochs: Epochs that were trained.
        valid: Validation metrics at the best epoch, as ``{'recall@20': 0.1, ...}``; empty without validation.
        test: Test metrics at the best epoch, computed once, at the end; empty without a test.
        seconds_per_epoch: Mean training time of an epoch, with its graph and refresh, without validation.
        peak_memory_mb: Peak memory of the run in MB: of the device on CUDA, of the whole process on the CPU.
        environment: Hardware, versions, commit and command.
        config: Arguments of the model and of the run.
        history: One entry per epoch: named loss terms, validation metrics, seconds.
        beyond: Popularity and diversity of the test lists, from the scoring of ``test``, see
            :class:`~pygmmrec.evaluation.BeyondAccuracy`; empty in older results.
        num_parameters: Trained numbers of the model; ``None`` in older results.
        counts: By split, ``valid`` and ``test``, what the metrics are of: users evaluated and cold users left
            out, held-out pairs, see :class:`~pygmmrec.evaluation.Counts`. A split that was not scored is not
            there; empty in older results.
        seeds: Seeds of training and of the weights: ``training``, ``weights`` and ``weights_by``, which is
            ``argument`` (of ``from_data``), ``generator`` (torch's own, which somebody had seeded),
            ``default`` (nobody had), or ``given``, where the weights were no longer as drawn and ``weights``
            is ``None``. Empty in older results.
        data: What the graph is of, before any model prepared it, as :func:`~pygmmrec.data.summarize` says it:
            rows and what was left out of them, parts of the split, degrees, modalities. Empty in older
            results.
        stopped: Why training ended: ``epochs``, ``patience``, or what a callback said. Empty in older
            results.
        ranking: What the metrics are of: ``all items``, or ``100 sampled items``, where held-out items were
            ranked among so many others, and the names of metrics begin with ``sampled_``.
    """

    model: str
    dataset: str
    seed: int
    best_epoch: int
    epochs: int
    valid: dict[str, float]
    test: dict[str, float]
    seconds_per_epoch: float
    peak_memory_mb: float | None
    environment: dict[str, Any]
    config: dict[str, Any]
    history: list[dict[str, Any]] = field(repr=False)
    beyond: dict[str, float] = field(default_factory=dict)
    num_parameters: int | None = None
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    seeds: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict, repr=False)
    stopped: str = ""
    ranking: str = "all items"

    def save(self, path: str | Path) -> None:
        """Write as JSON; the file appears only once it is complete.

        Whatever the values are, see :func:`~.to_json`; a number that is not finite is null.
        """
        values = {each.name: to_json(getattr(self, each.name)) for each in fields(self)}
        text = json.dumps(values, indent=2, allow_nan=False)
        with replacing(Path(path)) as temporary:
            temporary.write_text(text + "\n")

    @classmethod
    def load(cls, path: str | Path) -> FitResult:
        """Read what :meth:`save` wrote.

        Raises:
            ValueError: If the file is missing or damaged, lacks a key or has one that nothing here is called,
                or a value is of another type.
        """
        remedy = "Train or resume the run again, which writes it anew."
        return cls(**read_fields(path, cls, "FitResult.load", remedy))

    def table(self) -> str:
        """The metrics of what was scored side by side, one row per metric and one column per list length."""
        splits = {"valid": self.valid, "test": self.test}
        scored = {split: values for split, values in splits.items() if values}
        keys = list(dict.fromkeys(key for values in scored.values() for key in values))
        names = list(dict.fromkeys(key.partition("@")[0] for key in keys))
        ks = list(dict.fromkeys(key.partition("@")[2] for key in keys))
        if not names:
            return "nothing was scored"
        columns = [f"{split} @{k}" for split in scored for k in ks]
        rows = [
            [name, *(_cell(values.get(f"{name}@{k}")) for values in scored.values() for k in ks)]
            for name in names
        ]
        width = max(len(name) for name in names)
        lines = [" ".join([" " * width, *(f"{column:>9}" for column in columns)])]
        lines += [" ".join([f"{row[0]:<{width}}", *(f"{cell:>9}" for cell in row[1:])]) for row in rows]
        if self.ranking != "all items":
            lines.append(f"Held-out items are ranked among {self.ranking} of each user, not among all items.")
        return "\n".join(lines)


def _cell(value: float | None) -> str:
    """A metric with four digits, or a dash where there is none."""
    return "-" if value is None else f"{value:.4f}"
