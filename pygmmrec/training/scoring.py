"""How a run scores its validation and test sets."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.evaluation import BeyondAccuracy, RankingMetrics
from pygmmrec.evaluation.evaluate import SeesLists, measure
from pygmmrec.evaluation.held_out import Split
from pygmmrec.evaluation.own_metrics import named_metrics
from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.models.recommender import Recommender
from pygmmrec.parallel.team import Team
from pygmmrec.training.optional_part import OptionalLook
from pygmmrec.training.options import Options
from pygmmrec.typing import Embeddings


class FinalScores(NamedTuple):
    """What the test shows.

    Args:
        users: Those of the test set, in the order of the metrics.
        metrics: ``None`` where nothing is tested.
        beyond: What the lists show besides accuracy; ``None`` where nothing is, or where it failed.
        embeddings: What the model gave; ``None`` where nothing is tested.

    Shapes:
        users [U]
    """

    users: Tensor
    metrics: RankingMetrics | None = None
    beyond: BeyondAccuracy | None = None
    embeddings: Embeddings | None = None


class Scoring:
    """Scores a model as the options of a run say.

    Args:
        model: The model.
        data: The whole graph, prepared.
        options: Those of the run, as they hold for the graph.
        team: The processes of the run, which share the users. (default: this one)
    """

    def __init__(
        self, model: Recommender, data: HeteroData, options: Options, team: Team | None = None
    ) -> None:
        self._model, self._data, self._options = model, data, options
        self._team = Team() if team is None else team

    def validate(self) -> dict[str, float]:
        """Metrics of the validation set."""
        return self._measure("valid", num_users=self._options.valid_users)[1].compute()

    def test(self) -> FinalScores:
        """Everything about the test set, from one scoring; nothing where there is to be no test.

        Lists of a few items say nothing of popularity and diversity, so that there is none where items are
        sampled.
        """
        if not self._options.test:
            return FinalScores(torch.empty(0, dtype=torch.int64))
        with eval_mode(self._model):
            out = self._model(self._data)
        if self._options.num_negatives is not None:
            return FinalScores(*self._measure("test", out=out), embeddings=out)
        beyond = BeyondAccuracy(self._data, self._options.details_k)
        look = OptionalLook(beyond, "popularity and diversity")
        users, metrics = self._measure("test", look, out=out)
        return FinalScores(users, metrics, None if look.failed else beyond, out)

    def _measure(
        self,
        split: Split,
        *also: SeesLists,
        out: Embeddings | None = None,
        num_users: int | None = None,
    ) -> tuple[Tensor, RankingMetrics]:
        of = self._options
        return measure(
            self._model, self._data, split, of.ranking_ks, exclude=of.exclude, also=also, out=out,
            ranks=self._team.ranks, own=named_metrics(of.metrics), num_users=num_users,
            num_negatives=of.num_negatives, seed=of.seed,
        )[:2]  # fmt: skip
