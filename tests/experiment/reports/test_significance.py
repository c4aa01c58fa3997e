from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import ttest_rel

from pygmmrec.experiment.reports.significance import holm, paired_p, user_means
from pygmmrec.training.files.per_user import save_per_user


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_paired_test_is_that_of_scipy_and_one_where_nothing_differs() -> None:
    one, two = np.random.default_rng(0).random((2, 9))
    assert paired_p(one, two) == ttest_rel(one, two).pvalue
    assert paired_p(one, one) == 1.0


def test_means_over_the_runs_that_have_a_user(tmp_path: Path) -> None:
    for number, users in enumerate(([0, 2], [2, 5])):
        values = torch.tensor([number + 1.0, number + 2.0])
        save_per_user(tmp_path / f"{number}.npz", torch.tensor(users), {"recall@20": values})
    users, means = user_means([tmp_path / "0.npz", tmp_path / "1.npz"], "recall@20")
    assert users.tolist() == [0, 2, 5]
    assert means.tolist() == [1.0, 2.0, 3.0]
