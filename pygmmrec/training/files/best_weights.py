"""The weights of the best epoch so far."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models.recommender import Recommender
from pygmmrec.parallel.team import Team
from pygmmrec.training.files.saved_ids import encode_ids
from pygmmrec.training.files.weights import WeightsFile, fill, read_weights, write_weights
from pygmmrec.utils.check import check

REMEDY = "Put back the file that the run wrote, or start anew with resume=False"


class BestWeights:
    """Keeps a model's weights aside, in a file where there is a folder for it, otherwise in memory.

    Args:
        path: The file, or ``None``.
        data: The graph, whose raw ids go into the file. (default: ``None``)
        team: The processes of the run, of which the first has the file. (default: this one)
    """

    def __init__(self, path: Path | None, data: HeteroData | None = None, team: Team | None = None) -> None:
        self.path = path
        self.data = data
        self.team = Team() if team is None else team
        self._ids: dict[str, Tensor] | None = None  # encoded once
        self._weights: dict[str, Tensor] = {}

    def keep(self, model: Recommender, run: str = "", epoch: int = 0) -> None:
        """Remember the weights of ``model`` as they are now.

        Args:
            model: The model.
            run: Name of the run, which goes into the file.
            epoch: Its epoch, which does so too.
        """
        if self.path is not None:
            if self._ids is None:
                self._ids = encode_ids(self.data, set(model.node_tables().values()))
            write_weights(model, self.path, self._ids, _told(run, epoch), write=self.team.is_first)
        else:
            self._weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def check(self, run: str, epoch: int) -> None:
        """Whether the file is there, and of this epoch of this run.

        Raises:
            ValueError: If it is not, with the path.
        """
        if self.path is not None:
            self._read(self.path, run, epoch)

    def _read(self, path: Path, run: str, epoch: int) -> WeightsFile:
        file = self.team.from_first(lambda: read_weights(path, "Run"))
        mine = file.written_by == _told(run, epoch)
        requirement = f"the weights of epoch {epoch} of this run"
        check(mine, "path", requirement, "Run", f"{path} of {file.written_by or 'another'}", REMEDY)
        return file

    def restore(self, model: Recommender, run: str = "", epoch: int = 0) -> None:
        """Put the kept weights into ``model``. Args: as in :meth:`keep`.

        Raises:
            ValueError: If the file is not there, or no longer of this epoch of this run.
        """
        if self.path is not None:
            fill(model, self._read(self.path, run, epoch), self.path, self.data)
        else:
            model.load_state_dict(self._weights)


def _told(run: str, epoch: int) -> str:
    return f"run {run}, epoch {epoch}"
