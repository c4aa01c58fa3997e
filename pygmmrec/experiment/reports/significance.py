"""Paired tests on metrics of single users, and their correction."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.stats import ttest_rel

from pygmmrec.training import load_per_user


def paired_p(ours: np.ndarray, theirs: np.ndarray) -> float:
    """The p-value of a paired t-test; one where nothing differs, since the statistic would be 0 / 0."""
    return 1.0 if np.array_equal(ours, theirs) else float(ttest_rel(ours, theirs).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction: the i-th smallest of m times m - i + 1, never falling, at most one."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p)
    raised = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(raised, 1.0)
    return [float(value) for value in corrected]


def user_means(paths: Sequence[Path], metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Each user's metric, averaged over the runs whose files hold the user.

    Returns:
        Users [U] ascending, and their means [U] float64.
    """
    files = [load_per_user(path) for path in paths]
    user = np.concatenate([users for users, _ in files])  # [n], a user once for each run
    value = np.concatenate([metrics[metric].astype(np.float64) for _, metrics in files])  # [n]
    users, place = np.unique(user, return_inverse=True)
    return users, np.bincount(place, weights=value) / np.bincount(place)
