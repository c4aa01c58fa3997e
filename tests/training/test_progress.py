import logging

import pytest

from pygmmrec.training.progress import Progress


def test_epochs_are_logged_where_no_bar_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    progress = Progress("CRANE", 10, show=False)
    with caplog.at_level(logging.INFO, logger="pygmmrec"):
        progress.steps()
        progress.steps(4)
        progress.epoch(1, {"bpr": 0.5, "l2": 1e-5}, {"recall@20": 0.25}, True)
        progress.epoch(2, {"bpr": 0.25}, {}, False)
        progress.close()
    lines = [record.getMessage() for record in caplog.records]
    assert lines == ["epoch 1: bpr 0.5, l2 1e-05, valid recall@20 0.2500 *", "epoch 2: bpr 0.25"]
