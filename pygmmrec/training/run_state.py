"""What a run leaves after each epoch, and goes on from where it was interrupted."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from pygmmrec.parallel.team import Team
from pygmmrec.training.files.state import check_moments, check_state, damaged, load_state, save_state
from pygmmrec.utils.check import check
from pygmmrec.utils.seed import RandomState, random_state, set_random_state

logger = logging.getLogger(__name__)

History = list[dict[str, Any]]
"""An entry per epoch: its number, loss terms, validation metrics and seconds."""

ENTRY = {"epoch": int, "loss": dict, "valid": dict, "seconds": float}
REMEDY = "Use the arguments of the interrupted run, or another output folder"


class HasState(Protocol):
    """What changes in training, and can be put back."""

    def state_dict(self) -> dict[str, Any]:
        """All that changes."""

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any:
        """Continue from :meth:`state_dict`."""


class RunState:
    """The file of a run's state, and the name by which the run knows its other files.

    Args:
        path: The file.
        where: The run, for errors.
        told: What a run that goes on has to have in common with the interrupted one: ``repr`` of the model,
            ``config`` and raw ``ids``.
        parts: What changes in training, by name; ``model`` is one.
        team: The processes of the run, of which the first has the file. (default: this one)
    """

    def __init__(
        self,
        path: Path,
        where: object,
        told: Mapping[str, Any],
        parts: Mapping[str, HasState],
        team: Team | None = None,
    ) -> None:
        self.path, self._where, self._told, self._parts = path, where, told, parts
        self._team = Team() if team is None else team
        self.name = self._team.from_first(lambda: uuid.uuid4().hex)

    def is_there(self) -> bool:
        """Whether a run was interrupted."""
        return self._team.from_first(self.path.is_file)

    def save(self, history: History) -> None:
        """Write the state after an epoch."""
        state = self._team.whole(self._now(history))
        if self._team.is_first:
            save_state(state, self.path)

    def go_on(self, epochs: int) -> History:
        """Put everything as it was after the last epoch of the interrupted run.

        Args:
            epochs: Those that are to be trained in all.

        Returns:
            The history until then.

        Raises:
            ValueError: If the file is damaged or of another run, or more epochs are done already.
        """
        state = self._team.from_first(lambda: load_state(self.path))
        self._check(state)
        history: History = state["history"]
        done = f"at least {len(history)}, which are trained already"
        check(epochs >= len(history), "epochs", done, self._where, epochs, REMEDY)
        try:
            for name, part in self._parts.items():
                part.load_state_dict(state[name])
            set_random_state(RandomState(**state["random"]))
        except (RuntimeError, KeyError, TypeError, ValueError) as error:
            raise damaged(self.path, str(error)[:200]) from error
        self.name = state["name"]
        logger.info("Going on after epoch %d of %s", len(history), self.path)
        return history

    def _now(self, history: History) -> dict[str, Any]:
        parts = {name: part.state_dict() for name, part in self._parts.items()}
        random = random_state()._asdict()
        return {"name": self.name, **self._told, "history": history, **parts, "random": random}

    def _check(self, state: dict[str, Any]) -> None:
        """Whether a state is whole and of this run, before anything of it is used."""
        now = self._now([])
        loose = {"config": None, "ids": None, "optimizer": None, "scheduler": None, "callbacks": None}
        check_state(state, {name: loose.get(name, value) for name, value in now.items()}, self.path)
        model, told = self._parts["model"], self._told
        check(state["repr"] == told["repr"], "model", state["repr"], self._where, model, REMEDY)
        if not isinstance(state["config"], dict) or not isinstance(state["ids"], dict):
            raise damaged(self.path, "config and ids are not named")
        for name, value in told["config"].items():
            saved = state["config"].get(name)
            wanted = f"{saved!r}, as in the run to resume"
            check(saved == value, name, wanted, self._where, value, REMEDY)
        same = state["ids"].keys() == told["ids"].keys() and all(
            isinstance(state["ids"][kind], Tensor) and torch.equal(state["ids"][kind], ids)
            for kind, ids in told["ids"].items()
        )
        wanted = "the graph of the run to resume, its users and items in the same order"
        check(same, "data", wanted, self._where, "others", REMEDY)
        self._check_history(state["history"])
        if "optimizer" in now:
            optimizer: Any = self._parts["optimizer"]
            check_state(state["optimizer"], {"state": {}, "param_groups": []}, self.path)
            groups = [group.get("params") for group in state["optimizer"]["param_groups"]]
            same = groups == [group["params"] for group in now["optimizer"]["param_groups"]]
            if not same:
                raise damaged(self.path, "the optimizer has other groups of weights")
            shapes = [list(weight.shape) for group in optimizer.param_groups for weight in group["params"]]
            check_moments(state["optimizer"], shapes, self.path)

    def _check_history(self, history: History) -> None:
        for number, entry in enumerate(history, start=1):
            whole = isinstance(entry, dict) and entry.keys() == ENTRY.keys()
            whole = whole and all(isinstance(entry[name], kind) for name, kind in ENTRY.items())
            if not whole or entry["epoch"] != number:
                raise damaged(self.path, f"epoch {number} of its history is not whole")
