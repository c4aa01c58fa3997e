"""Which setting to try next, and one trial of it. Trials see validation only, never the test set."""

from __future__ import annotations

import logging
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from preset_run import Preset, prepare
from protocol import Protocol
from space import Params, Space
from trials import Trial, append_trial

from pygmmrec.training import Run
from pygmmrec.training.environment import environment

logger = logging.getLogger(__name__)
optuna.logging.set_verbosity(optuna.logging.WARNING)

SEED = 0
"""Seed of all trials; that of no table."""

STARTUP = 6
"""Trials before TPE trusts its model of the space."""

TOGETHER = 4
"""Trials that are proposed at a time, from the same earlier ones: any number of jobs tries the same."""


@dataclass(frozen=True)
class Budget:
    """What each trial may cost, the same for all models.

    Args:
        epochs: Most epochs; ``None`` leaves it to the preset.
        seconds: Seconds of training, validation not counted, after which no epoch begins.
    """

    epochs: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Search:
    """The search of one model under one protocol.

    Args:
        space: What it may choose.
        preset: Where it starts: the first trial, as it is.
        protocol: What the model is asked.
        budget: What a trial may cost.
        sampler: ``tpe`` or ``random``.
        device: Where trials run.
    """

    space: Space
    preset: Preset
    protocol: Protocol
    budget: Budget
    sampler: str = "tpe"
    device: str = "auto"

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides what is tried and what comes out."""
        return {
            "model": self.space.model,
            "protocol": self.protocol.full_name,
            "space": {name: str(choice) for name, choice in self.space.choices.items()} | self.space.same,
            "preset": self.preset,
            "budget": asdict(self.budget),
            "sampler": self.sampler,
        }

    def propose(self, trials: dict[int, Trial]) -> dict[int, Params]:
        """The next settings to try by the number of their trial, once all earlier ones are known.

        No setting is tried twice. Of a space with fewer settings than the budget there may be none left.
        """
        first = next(number for number in range(len(trials) + 1) if number not in trials)
        first -= first % TOGETHER
        earlier = [trial for number, trial in trials.items() if number < first]
        known = [trial["params"] for trial in earlier]
        proposals: dict[int, Params] = {}
        for number in range(first, first + TOGETHER):
            params = self._start() if number == 0 else self._sample(number, earlier, known)
            if params is None:
                break
            known.append(params)
            proposals[number] = params
        return {number: params for number, params in proposals.items() if number not in trials}

    def _start(self) -> Params:
        return self.space.params(self.preset) or {}

    def _sample(self, number: int, earlier: list[Trial], known: list[Params]) -> Params | None:
        for attempt in range(100):
            seed = int(np.random.SeedSequence([SEED, number, attempt]).generate_state(1)[0])
            sampler = (
                optuna.samplers.RandomSampler(seed=seed)
                if self.sampler == "random"
                else optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTUP)
            )
            study = optuna.create_study(direction="maximize", sampler=sampler)
            for trial in earlier:
                if trial["value"] is not None and trial["params"].keys() == self.space.choices.keys():
                    study.add_trial(
                        optuna.trial.create_trial(
                            params=trial["params"], distributions=self.space.choices, value=trial["value"]
                        )
                    )
            params = study.ask(self.space.choices).params
            if params not in known:
                return params
        return None

    def run_trial(self, number: int, params: Params, path: Path) -> None:
        """Try a setting, and write what came out into the file of the trials.

        A setting that cannot be trained is a trial without a value, and costs its share of the budget.
        """
        settings = self.space.settings(self.preset, params)
        trial: Trial = {"number": number, "params": params, "settings": settings, "value": None}
        try:
            trial |= self._train(settings)
        except (FloatingPointError, RuntimeError, ValueError) as error:
            logger.warning("trial %d failed:\n%s", number, traceback.format_exc())
            trial["error"] = f"{type(error).__name__}: {error}"
        append_trial(path, {**trial, "search": self.identity})

    def _train(self, settings: Preset) -> dict[str, Any]:
        model, data, options = prepare(
            self.space.model, SEED, settings, protocol=self.protocol, epochs=self.budget.epochs
        )
        run = Run(model, data, device=self.device, progress=False, **options)
        seconds, stopped = 0.0, ""
        for graph in run:
            run.refresh(graph)
            for batch in run.batches():
                run.step(run.loss(graph, batch))
            run.validate()
            seconds += run.history[-1]["seconds"]
            if self.budget.seconds is not None and seconds >= self.budget.seconds:
                stopped = "seconds"
                break
        best = run.early_stopping
        return {
            "value": best.best_value,
            "valid": run.history[best.best_epoch - 1]["valid"],
            "best_epoch": best.best_epoch,
            "epochs": len(run.history),
            "seconds": seconds,
            "stopped": stopped or ("patience" if best.should_stop else "epochs"),
            "environment": environment(run.device),
        }
