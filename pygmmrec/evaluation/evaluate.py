"""Ranking: every held-out item against all items that a user has not seen, or a sample of them by name."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Protocol

from torch import Tensor
from torch.utils._pytree import tree_map
from torch_geometric.data import HeteroData

from pygmmrec.evaluation.held_out import Counts, Split, held_out
from pygmmrec.evaluation.list_lengths import list_lengths
from pygmmrec.evaluation.metrics import METRICS, PER_USER_METRICS, RankingMetrics
from pygmmrec.evaluation.negatives import SAMPLED, draw_negatives
from pygmmrec.evaluation.own_metrics import Metric, named_metrics
from pygmmrec.evaluation.rank_together import rank_together
from pygmmrec.evaluation.scores import Scores
from pygmmrec.kernels.columns.column_shard import whole
from pygmmrec.kernels.columns.ranks import Ranks
from pygmmrec.kernels.ranking.exclude import Exclude, exclude_edges
from pygmmrec.kernels.ranking.pairs import lookup
from pygmmrec.kernels.ranking.rank import default_block_size
from pygmmrec.kernels.ranking.rank_among import rank_among
from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.models.recommender import Recommender, check_recommender
from pygmmrec.parallel.tables import whole_weights
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check

logger = logging.getLogger(__name__)


class SeesLists(Protocol):
    """What else looks at the lists of a scoring, such as :class:`~pygmmrec.evaluation.BeyondAccuracy`."""

    def update(self, user: Tensor, item: Tensor, row: Tensor, held_out: Tensor, /) -> None:
        """Take in the lists of a block of users."""


def evaluate(
    model: Recommender,
    data: HeteroData,
    *,
    split: Split = "valid",
    ks: Sequence[int] | None = None,
    metrics: Sequence[str | Metric] = METRICS,
    exclude: Exclude | None = "train",
    drop_cold_users: bool = True,
    block_size: int | None = None,
    num_users: int | None = None,
    num_negatives: int | None = None,
    seed: int = 0,
) -> Scores:
    """Ranking metrics of a model, averaged over the users that have held-out items.

    Embeddings are computed once, in evaluation mode and without gradients; the model comes back as it was.

    - A pair that the split asks about is a candidate, whatever else it is: ``exclude`` never leaves it out.
    - A held-out pair that is there twice counts once.
    - A user with fewer candidates than the list is long has a shorter list; nothing fills it up. An item
      whose score is ``-inf`` is no candidate.
    - Users without a training edge are left out. ``counts`` of the result says how many, and more.

    Args:
        model: The model to evaluate.
        data: The whole graph, prepared for this model.
        split: ``'valid'`` chooses epochs and settings; ``'test'`` is for the end. (default: ``'valid'``)
        ks: List lengths. (default: 5, 10, 20 and 50, without those above the number of items)
        metrics: Names out of :data:`~pygmmrec.evaluation.metrics.METRICS`, and functions of one's own: from
            lists [B, k], best first and filled up with -1, and relevant items as pairs of a list and an item,
            [2, n], to a value for each list, [B]. (default: all names)
        exclude: Known pairs to leave out of the lists: ``'train'``, the field's convention, ``'train+val'``
            or :obj:`None`. (default: ``'train'``)
        drop_cold_users: Leave out users without a training edge. (default: true)
        block_size: Users scored at once. (default: as many as make 30 MB of scores, at most 512)
        num_users: How many users are evaluated, a sample of all. (default: all)
        num_negatives: Rank held-out items among so many others, which the user does not know, instead of all.
            Names begin with ``sampled_`` then: such metrics are no estimate of those of full ranking.
            (default: rank all items)
        seed: Seed of both samples. (default: ``0``)

    Returns:
        ``{'recall@20': 0.1, ...}``, a dict whose ``counts`` are :class:`~pygmmrec.evaluation.Counts`

    Raises:
        ValueError: If a name is unknown, a list is longer than there are items, scores are NaN, or there is
            no user to evaluate.
    """
    _, result, counts = measure(
        model, data, split, ks, metrics, exclude, drop_cold_users, block_size,
        num_users=num_users, num_negatives=num_negatives, seed=seed,
    )  # fmt: skip
    log_counts(counts, split)
    return Scores(result.compute(), counts)


def evaluate_per_user(
    model: Recommender,
    data: HeteroData,
    *,
    split: Split = "valid",
    ks: Sequence[int] | None = None,
    metrics: Sequence[str | Metric] = PER_USER_METRICS,
    exclude: Exclude | None = "train",
    drop_cold_users: bool = True,
    block_size: int | None = None,
    num_users: int | None = None,
    num_negatives: int | None = None,
    seed: int = 0,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The values that :func:`evaluate` averages, for paired tests and groups of users.

    Args: as in :func:`evaluate`, but for coverage, which has no value per user.

    Shapes:
        users [U] ascending, and ``{'recall@20': [U] float64, ...}``, on the CPU
    """
    choices = list(PER_USER_METRICS)
    for name in metrics:
        fits = callable(name) or name in choices
        check(fits, "metrics", f"out of {choices}", "evaluate_per_user", name)
    users, result, counts = measure(
        model, data, split, ks, metrics, exclude, drop_cold_users, block_size,
        num_users=num_users, num_negatives=num_negatives, seed=seed,
    )  # fmt: skip
    log_counts(counts, split)
    return users.cpu(), result.per_user()


def measure(
    model: Recommender,
    data: HeteroData,
    split: Split,
    ks: Sequence[int] | None,
    metrics: Sequence[str | Metric] = METRICS,
    exclude: Exclude | None = "train",
    drop_cold_users: bool = True,
    block_size: int | None = None,
    *,
    also: Sequence[SeesLists] = (),
    out: Embeddings | None = None,
    ranks: Ranks | None = None,
    own: Mapping[str, Metric] | None = None,
    num_users: int | None = None,
    num_negatives: int | None = None,
    seed: int = 0,
) -> tuple[Tensor, RankingMetrics, Counts]:
    """The users, metrics and counts behind :func:`evaluate` and :func:`evaluate_per_user`: one scoring.

    Args: as in :func:`evaluate`, ``also``: what else sees the lists, ``out``: what the model gives for the
        graph, if that is known, ``ranks``: processes that share the users; all of them get all metrics; and
        ``own``: metrics of one's own by name.
    """
    check_recommender(model, data, "evaluate")
    model.check_graph(data)
    num_items = data["item"].num_nodes
    named = metrics if isinstance(metrics, str) else [name for name in metrics if not callable(name)]
    own = {**named_metrics([each for each in metrics if callable(each)]), **(own or {})}
    prefix = "" if num_negatives is None else SAMPLED
    lengths = list_lengths(ks, num_items, "evaluate")
    result = RankingMetrics(named, lengths, num_items, own=own, prefix=prefix)
    pairs, users, counts = held_out(data, split, drop_cold_users, "evaluate", num_users, seed)  # [2, n], [U]
    some = counts.pairs + counts.cold_users > 0
    check(some, "split", "one with held-out pairs", "evaluate", split, "This one is empty.")
    remedy = "All its users are without training edges; 'drop_cold_users=False' keeps them."
    check(counts.users > 0, "split", "one with users to evaluate", "evaluate", split, remedy)
    size = default_block_size(num_items) if block_size is None else block_size
    left_out = exclude_edges(data, exclude, asked=pairs)
    others = None if num_negatives is None else draw_negatives(data, users, num_negatives, seed)  # [U, n]
    counts = counts if others is None else counts._replace(negatives=others.size(1))
    with eval_mode(model):
        out = tree_map(whole, model(data)) if out is None else out
        if others is None:
            score_all = partial(model.score, out)
            lists = rank_together(ranks, score_all, users, result.max_k, exclude=left_out, block_size=size)
        else:  # so few that each process ranks all of them
            score_items = partial(model.score_items, out)
            lists = rank_among(score_items, users, pairs, others, result.max_k, block_size=size)
        with whole_weights(model):
            for user, item, score in lists:
                item = item.masked_fill(score.isneginf(), -1)  # where a list runs short
                row, held = lookup(pairs, user)  # [n], [n]
                result.update(item, row, held)
                for each in also:
                    each.update(user, item, row, held)
    return users, result, counts


def log_counts(counts: Counts, split: str) -> None:
    """Say what an evaluation leaves out, and warn of pairs that were met before."""
    if counts.cold_users > 0:
        total = counts.users + counts.cold_users
        logger.debug("%d of %d users of '%s' have no training edge", counts.cold_users, total, split)
    if counts.repeated_pairs > 0:
        logger.warning(
            "%d held-out pairs of '%s' are there twice; each counts once", counts.repeated_pairs, split
        )
    for number, name in (
        (counts.pairs_in_train, "training edges"),
        (counts.pairs_in_valid, "validation pairs"),
    ):
        if number > 0:
            logger.warning("%d of %d held-out pairs of '%s' are %s too", number, counts.pairs, split, name)
