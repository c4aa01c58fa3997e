"""Rank: full ranking of held-out items, and its metrics."""

from pygmmrec.evaluation.beyond_accuracy import BeyondAccuracy
from pygmmrec.evaluation.evaluate import evaluate, evaluate_per_user
from pygmmrec.evaluation.held_out import Counts, count_held_out
from pygmmrec.evaluation.metrics import METRICS, PER_USER_METRICS, RankingMetrics
from pygmmrec.evaluation.own_metrics import Metric, hits
from pygmmrec.evaluation.scores import Scores

__all__ = [
    "METRICS",
    "PER_USER_METRICS",
    "BeyondAccuracy",
    "Counts",
    "Metric",
    "RankingMetrics",
    "Scores",
    "count_held_out",
    "evaluate",
    "evaluate_per_user",
    "hits",
]
