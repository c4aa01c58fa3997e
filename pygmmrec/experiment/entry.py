"""One model of a comparison under one protocol: its search, and its runs."""

from __future__ import annotations

import functools
import json
from pathlib import Path

from pygmmrec.experiment.runs.pieces import Piece
from pygmmrec.experiment.runs.prepare import training_options
from pygmmrec.experiment.runs.train import stored, train
from pygmmrec.experiment.settings.contender import Contender
from pygmmrec.experiment.settings.preset import Preset
from pygmmrec.experiment.settings.protocol import Protocol
from pygmmrec.experiment.trials.export import Trial, as_trials, best_trial, write_trials
from pygmmrec.experiment.trials.search import Search
from pygmmrec.experiment.trials.study import open_study
from pygmmrec.utils.check import check
from pygmmrec.utils.files import replacing

TRIALS = "trials.jsonl"
"""The trials of a search as text, beside its runs."""


class Entry:
    """What a model has to show.

    Args:
        contender: The model, and where it starts.
        protocol: What it is asked.
        root: Folder of the comparison.
        search: Its search; with none, the preset is taken as it is.
        splits: Seeds of the splits of its runs; ``None`` is the split of the data.
        seeds: Of its runs.
        epochs: Most epochs of a run, instead of the preset's.
        device: Where runs train.
    """

    def __init__(
        self,
        contender: Contender,
        protocol: Protocol,
        root: Path,
        search: Search | None,
        splits: tuple[int | None, ...],
        seeds: tuple[int, ...],
        epochs: int | None,
        device: str,
    ) -> None:
        self.contender, self.protocol, self.search = contender, protocol, search
        self.splits, self.seeds, self.epochs, self.device = splits, seeds, epochs, device
        self.folder = root / protocol.name / contender.name

    @property
    def name(self) -> str:
        """Of the model and the protocol."""
        return f"{self.protocol.name} {self.contender.name}"

    @property
    def decided(self) -> bool:
        """Whether it is known what the runs are of."""
        if self.search is None:
            return True
        trials = self._trials()
        return len(trials) == self.search.num_trials and any(trial["value"] is not None for trial in trials)

    def _trials(self) -> list[Trial]:
        if self.search is None:
            return []
        return as_trials(self.search, open_study(self.search).get_trials(deepcopy=False))

    def settings(self) -> Preset:
        """Those of the preset, or of the best trial, which chosen.json then holds.

        Raises:
            ValueError: If no trial went well.
        """
        if self.search is None:
            return self.contender.preset
        trials = self._trials()
        write_trials(self.folder / TRIALS, trials)
        best = best_trial(trials)
        settings: Preset = best["settings"]
        chosen = {
            "number": best["number"],
            "value": best["value"],
            "trials": len(trials),
            "settings": settings,
        }
        with replacing(self.folder / "chosen.json") as temporary:
            temporary.write_text(json.dumps(chosen, indent=2) + "\n", encoding="utf-8")
        return settings

    def runs(self) -> list[Piece]:
        """The runs that have no result yet.

        Raises:
            ValueError: If a result is of other settings or of sampled items, or no trial went well.
        """
        settings, pieces = self.settings(), []
        for split in self.splits:
            part, protocol = "given" if split is None else f"split-{split}", self.protocol.of_split(split)
            for seed in self.seeds:
                output = self.folder / part / f"seed-{seed}"
                of = (self.contender.model, seed, settings)
                options = training_options(*of, protocol=protocol, epochs=self.epochs)
                sampled = options.get("num_negatives")
                wanted = "None: reports compare models by full ranking"
                check(sampled is None, "num_negatives", wanted, "compare", sampled)
                if stored(output, settings["model"], options) is None:
                    call = functools.partial(
                        train, *of, protocol=protocol, output=output, epochs=self.epochs, device=self.device
                    )
                    name = f"{part}-seed-{seed}"
                    pieces.append(Piece(f"{self.name} {name}", call, self.folder / "logs" / f"{name}.txt"))
        return pieces
