"""What a run keeps on its way: the best weights, and the state from which it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch_geometric.data import HeteroData

from pygmmrec.models.recommender import Recommender
from pygmmrec.parallel.team import Team
from pygmmrec.training.checkpoints import CHECKPOINTS, Checkpoints
from pygmmrec.training.early_stopping import EarlyStopping
from pygmmrec.training.files.best_weights import BestWeights
from pygmmrec.training.files.saved_ids import encode_ids
from pygmmrec.training.folder import OutputFolder
from pygmmrec.training.run_state import HasState, History, RunState


class Keeper:
    """Keeps the best weights and the state of a run in a folder; without one, only the weights, in memory.

    Args:
        folder: The folder of the run.
        where: The run, for errors.
        model: The model that is trained.
        data: Its graph.
        config: What a run that goes on has to have in common with the interrupted one.
        parts: What else changes in training, by name.
        team: The processes of the run. (default: this one)
        every: Epochs from one file of weights to the next, beside those of the best; 0 for none.
        resume: Whether files of an earlier run are gone on from; otherwise they make way.
    """

    def __init__(
        self,
        folder: OutputFolder | None,
        where: object,
        model: Recommender,
        data: HeteroData,
        config: Mapping[str, Any],
        parts: Mapping[str, HasState],
        team: Team | None = None,
        every: int = 0,
        resume: bool = False,
    ) -> None:
        self._team = Team() if team is None else team
        self._model = model
        self._best = BestWeights(None if folder is None else folder.weights, data, self._team)
        self._folder, self._every = folder, every
        self._checkpoints: Checkpoints | None = None
        if folder is not None:
            self._checkpoints = Checkpoints(folder.path / CHECKPOINTS, data, self._team)
            if not resume:
                self._checkpoints.clear()
        self._state: RunState | None = None
        if folder is not None:
            ids = encode_ids(data, set(model.node_tables().values()))
            told = {"repr": repr(model), "config": config, "ids": ids}
            self._state = RunState(folder.state, where, told, {"model": model, **parts}, self._team)

    @property
    def _run(self) -> str:
        return "" if self._state is None else self._state.name

    def keep(self, history: History, improved: bool) -> None:
        """An epoch is over; ``improved`` says whether its weights are the best so far."""
        if self._state is not None:
            self._state.save(history)
        epoch = len(history)
        if self._checkpoints is not None and self._every and epoch % self._every == 0:
            self._checkpoints.keep(self._model, self._run, epoch)
        if improved:  # after the state, which holds these weights, too
            self.keep_weights(epoch)

    def keep_weights(self, epoch: int) -> None:
        """The present weights are those of the best epoch, which is this one."""
        if self._folder is not None and self._team.is_first:
            self._folder.manifest.unlink(missing_ok=True)  # of a bundle with the weights that are replaced
        self._best.keep(self._model, self._run, epoch)

    def restore_weights(self, best_epoch: int) -> None:
        """Put the weights of the best epoch into the model.

        Raises:
            ValueError: If their file is not there, or no longer of that epoch of this run.
        """
        self._best.restore(self._model, self._run, best_epoch)

    def go_on(self, epochs: int, early_stopping: EarlyStopping) -> History:
        """Put everything as it was after the last epoch of an interrupted run; nothing, if there was none.

        Args:
            epochs: Those that are to be trained in all.
            early_stopping: Knows the best epoch; one of the parts.

        Raises:
            ValueError: If a file is damaged, missing or of another run, or more epochs are done already.
        """
        if self._state is None or not self._state.is_there():
            return []
        history = self._state.go_on(epochs)
        best = early_stopping.best_epoch
        if best == len(history):  # the run may have ended between its two files
            self.keep_weights(best)
        elif best > 0:
            self._best.check(self._run, best)
        return history
