"""Rank: full ranking of held-out items, and its metrics."""

from pygmmrec.evaluation.beyond_accuracy import BeyondAccuracy
from pygmmrec.evaluation.evaluate import evaluate, evaluate_per_user
from pygmmrec.evaluation.metrics import METRICS, PER_USER_METRICS, RankingMetrics

__all__ = [
    "METRICS",
    "PER_USER_METRICS",
    "BeyondAccuracy",
    "RankingMetrics",
    "evaluate",
    "evaluate_per_user",
]
