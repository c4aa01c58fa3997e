import logging
from typing import Any

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.training import Options
from pygmmrec.training.settle import Settled, settle
from pygmmrec.typing import HELD_OUT, INTERACTS, TEST, VALID


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ks": (5, 81)}, "'ks' needs to be between 1 and"),
        ({"ks": (5,)}, r"'monitor' needs to be None or one of \['recall@5', .*\(got 'recall@20'\)"),
        ({"monitor": 20}, "'monitor' needs to be None or one of"),
        ({"exclude": "test"}, "'exclude' needs to be None or one of"),
    ],
)
def test_what_the_graph_does_not_allow(prepared: HeteroData, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        settle(Options(**changes), prepared)


def test_a_small_catalogue(toy_data, caplog: pytest.LogCaptureFixture) -> None:
    data = toy_data()
    for part in HELD_OUT:
        data[INTERACTS][part] = torch.tensor([[0], [1]])
    given = Options()
    with caplog.at_level(logging.INFO, logger="pygmmrec"):
        found = settle(given, data).options
    assert (given.ks, given.monitor) == (None, "recall@20")
    assert (found.ks, found.monitor) == ((5, 10), "recall@10")
    assert "There are 11 items: recall@10 chooses the epoch" in caplog.text


def test_no_held_out_pairs(toy_data, caplog: pytest.LogCaptureFixture) -> None:
    found, counts = settle(Options(epochs=3), toy_data())
    assert counts == {}
    assert (found.monitor, found.test, found.details_k) == (None, False, 10)
    assert "No validation pairs: all 3 epochs are trained, and the last weights kept" in caplog.text
    assert "No test pairs" in caplog.text
    caplog.clear()
    settle(Options(monitor=None, test=False), toy_data())
    assert caplog.text == ""


def test_held_out_pairs_that_are_not_said_to_be_none(toy_data) -> None:
    data = toy_data()
    del data[INTERACTS][TEST]
    with pytest.raises(
        ValueError, match=r"held-out pairs 'test_label_index' .*without columns where nothing"
    ):
        settle(Options(), data)


def test_users_that_are_all_cold(toy_data, edge_index) -> None:
    data = toy_data(edge_index, 5, 4)
    data[INTERACTS][VALID] = torch.tensor([[4], [0]])
    with pytest.raises(ValueError, match=r"'valid' have training edges .*1 users.*'monitor=None'"):
        settle(Options(), data)
    data[INTERACTS][TEST] = data[INTERACTS][VALID]
    with pytest.raises(ValueError, match="'test=False' trains without a test"):
        settle(Options(monitor=None), data)
    settled = settle(Options(monitor=None, test=False), data)
    assert isinstance(settled, Settled)
    assert settled.counts == {}


def test_held_out_pairs_that_are_trained_on(prepared: HeteroData) -> None:
    found, counts = settle(Options(valid=None), prepared)
    assert (found.monitor, found.test, list(counts)) == (None, True, ["test"])
    assert settle(Options(test=None), prepared).options.test is False


def f1(recommended: torch.Tensor, relevant: torch.Tensor) -> torch.Tensor:
    return torch.zeros(recommended.size(0))


def test_the_monitor_goes_by_the_name_that_results_give_it(prepared: HeteroData) -> None:
    for given, wanted in (
        ({}, "recall@20"),
        ({"num_negatives": 5}, "sampled_recall@20"),
        ({"num_negatives": 5, "monitor": "sampled_ndcg@5"}, "sampled_ndcg@5"),
        ({"metrics": [f1], "monitor": "f1@10"}, "f1@10"),
        ({"metrics": {"mine": f1}, "num_negatives": 5, "monitor": "mine@10"}, "sampled_mine@10"),
    ):
        assert settle(Options(**given), prepared).options.monitor == wanted
    for given in ({"monitor": "sampled_recall@20"}, {"monitor": "f1@10"}):
        with pytest.raises(ValueError, match="'monitor' needs to be None or one of"):
            settle(Options(**given), prepared)
    with pytest.raises(ValueError, match="'num_negatives' needs to be None, or at most half of the 80 items"):
        settle(Options(num_negatives=41), prepared)


def test_counts_say_what_is_sampled(prepared: HeteroData) -> None:
    counts = settle(Options(num_negatives=5, valid_users=7), prepared).counts
    whole = settle(Options(), prepared).counts
    assert (counts["valid"].users, counts["valid"].sampled_from) == (7, whole["valid"].users)
    assert (counts["test"].users, counts["test"].sampled_from) == (whole["test"].users, 0)
    assert [counts[split].negatives for split in counts] == [5, 5]
    assert [whole[split].negatives for split in whole] == [0, 0]
