from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import rankdata

from pygmmrec.experiment.reports.ranks import cliques, critical_difference, mean_ranks
from pygmmrec.experiment.reports.results import Comparison, Pair
from pygmmrec.training import load_per_user

MODELS = ("BPRMF", "VBPR", "LightGCN")


def test_ranks_are_means_over_users(done: Path, comparison: Comparison) -> None:
    def values(model: str) -> np.ndarray:
        files = [done / "tiny" / model / "given" / f"seed-{seed}" / "test_per_user.npz" for seed in (1, 2)]
        return np.mean([load_per_user(file)[1]["ndcg@20"].astype(float) for file in files], axis=0)

    ranks = mean_ranks(comparison)
    every = np.stack([values(model) for model in MODELS])
    expected = dict(zip(MODELS, rankdata(-every, axis=0).mean(axis=1), strict=True))
    assert ranks == pytest.approx(expected)
    assert list(ranks) == sorted(expected, key=lambda model: expected[model])


def test_what_joins_models() -> None:
    class Tested:
        """Of a, b, c and d only a and d, and b and d, are shown to differ."""

        def pairs(self, metric: str) -> list[Any]:
            return [
                Pair(x, y, 0.1, 0.01, 0.01 if (x, y) in {("a", "d"), ("b", "d")} else 0.2, 9)
                for x, y in combinations("abcd", 2)
            ]

    assert cliques(Tested(), list("abcd")) == [(0, 2), (2, 3)]
    assert cliques(Tested(), list("ad")) == []


def test_the_figure(comparison: Comparison, tmp_path: Path) -> None:
    critical_difference(comparison, tmp_path / "ranks.png")
    assert (tmp_path / "ranks.png").read_bytes()[:4] == b"\x89PNG"
