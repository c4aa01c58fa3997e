"""Full ranking: every held-out item against all items that a user has not seen."""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.evaluation.beyond_accuracy import BeyondAccuracy
from pygmmrec.evaluation.metrics import METRICS, PER_USER_METRICS, RankingMetrics
from pygmmrec.kernels.ranking.exclude import Exclude, exclude_edges
from pygmmrec.kernels.ranking.pairs import lookup, sort_by_user
from pygmmrec.kernels.ranking.rank import default_block_size, rank
from pygmmrec.typing import INTERACTS, TEST, VALID
from pygmmrec.utils.check import check
from pygmmrec.utils.eval_mode import eval_mode

if TYPE_CHECKING:
    from pygmmrec.models.recommender import Recommender

logger = logging.getLogger(__name__)

Split = Literal["valid", "test"]
_SPLITS = {"valid": VALID, "test": TEST}


def evaluate(
    model: "Recommender",
    data: HeteroData,
    *,
    split: Split = "valid",
    ks: Sequence[int] = (5, 10, 20, 50),
    metrics: Sequence[str] = METRICS,
    exclude: Exclude | None = "train",
    drop_cold_users: bool = True,
    block_size: int | None = None,
) -> dict[str, float]:
    """Ranking metrics of a model, averaged over the users that have held-out items.

    Embeddings are computed once, in evaluation mode and without gradients; the model comes back as it was.
    A user with fewer candidates than the list is long gets a list filled up with excluded items.

    Args:
        model: The model to evaluate.
        data: The whole graph, prepared for this model.
        split: ``'valid'`` chooses epochs and settings; ``'test'`` is for the end. (default: ``'valid'``)
        ks: List lengths.
        metrics: Names out of :data:`~pygmmrec.evaluation.metrics.METRICS`. (default: all)
        exclude: Known pairs to leave out of the lists: ``'train'``, the field's convention, ``'train+val'``
            or :obj:`None`. (default: ``'train'``)
        drop_cold_users: Leave out users without a training edge; a debug line counts them. (default: true)
        block_size: Users scored at once. (default: as many as make 30 MB of scores, at most 512)

    Returns:
        ``{'recall@20': 0.1, ...}``

    Raises:
        ValueError: If a name is unknown, a list is longer than there are items, scores are NaN, or there is
            no user to evaluate.
    """
    _, result = measure(model, data, split, ks, metrics, exclude, drop_cold_users, block_size)
    return result.compute()


def evaluate_per_user(
    model: "Recommender",
    data: HeteroData,
    *,
    split: Split = "valid",
    ks: Sequence[int] = (5, 10, 20, 50),
    metrics: Sequence[str] = PER_USER_METRICS,
    exclude: Exclude | None = "train",
    drop_cold_users: bool = True,
    block_size: int | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The values that :func:`evaluate` averages, for paired tests and groups of users.

    Args: as in :func:`evaluate`, but for coverage, which has no value per user.

    Shapes:
        users [U] ascending, and ``{'recall@20': [U] float64, ...}``, on the CPU
    """
    choices = list(PER_USER_METRICS)
    for name in metrics:
        check(name in choices, "metrics", f"out of {choices}", "evaluate_per_user", name)
    users, result = measure(model, data, split, ks, metrics, exclude, drop_cold_users, block_size)
    return users.cpu(), result.per_user()


def measure(
    model: "Recommender",
    data: HeteroData,
    split: Split,
    ks: Sequence[int],
    metrics: Sequence[str] = METRICS,
    exclude: Exclude | None = "train",
    drop_cold_users: bool = True,
    block_size: int | None = None,
    *,
    also: Sequence[BeyondAccuracy] = (),
) -> tuple[Tensor, RankingMetrics]:
    """The users and metrics behind :func:`evaluate` and :func:`evaluate_per_user`: one scoring for both.

    Args: as in :func:`evaluate`, and ``also``: what else sees the lists.
    """
    model.check_graph(data)
    num_items = data["item"].num_nodes
    result = RankingMetrics(metrics, ks, num_items)
    left_out = exclude_edges(data, exclude)
    held_out = _held_out(data, split)  # [2, n]
    users = _users(data, held_out, split, drop_cold_users)  # [U]
    with eval_mode(model):
        out = model(data)
        lists = rank(
            lambda block: model.score(out, block),
            users,
            result.max_k,
            exclude=left_out,
            block_size=default_block_size(num_items) if block_size is None else block_size,
        )
        for user, item, _ in lists:
            row, held = lookup(held_out, user)  # [n], [n]
            result.update(item, row, held)
            for each in also:
                each.update(user, item, row, held)
    return users, result


def _held_out(data: HeteroData, split: str) -> Tensor:
    """The pairs of a split, sorted by user. [2, n]"""
    check(split in _SPLITS, "split", f"one of {list(_SPLITS)}", "evaluate", split)
    pairs: Tensor = data[INTERACTS][_SPLITS[split]]
    check(pairs.size(1) > 0, "split", "one with held-out pairs", "evaluate", split, "This one is empty.")
    return sort_by_user(pairs)


def _users(data: HeteroData, held_out: Tensor, split: str, drop_cold_users: bool) -> Tensor:
    """The users to average over, ascending. [U]"""
    users: Tensor = held_out[0].unique_consecutive()
    if not drop_cold_users:
        return users
    warm = users[torch.isin(users, data[INTERACTS].edge_index[0])]
    num_cold = users.numel() - warm.numel()
    if num_cold > 0:
        logger.debug("%d of %d users of '%s' have no training edge", num_cold, users.numel(), split)
    remedy = "All its users are without training edges; 'drop_cold_users=False' keeps them."
    check(warm.numel() > 0, "split", "one with users to evaluate", "evaluate", split, remedy)
    return warm
