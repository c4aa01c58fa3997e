import pytest
import torch
from torch import Tensor

from pygmmrec.evaluation import METRICS, RankingMetrics, hits
from pygmmrec.evaluation.own_metrics import OwnMetric, named_metrics

LISTS = torch.tensor([[3, 0, 1], [2, -1, -1], [4, 3, 2]])
RELEVANT = torch.tensor([[0, 0, 1, 2], [0, 4, 3, 4]])  # list, item


def precision(recommended: Tensor, relevant: Tensor) -> Tensor:
    return hits(recommended, relevant).double().mean(dim=1)


def test_hits() -> None:
    expected = [[False, True, False], [False, False, False], [True, False, False]]
    assert hits(LISTS, RELEVANT).tolist() == expected
    assert hits(LISTS[:0], RELEVANT[:, :0]).shape == (0, 3)


def test_one_like_the_librarys_has_its_values() -> None:
    metrics = RankingMetrics(METRICS, (1, 3), 5, own={"mine": precision})
    for row in range(3):  # block after block
        of = RELEVANT[:, RELEVANT[0] == row]
        metrics.update(LISTS[row : row + 1], of[0] - row, of[1])
    found, each = metrics.compute(), metrics.per_user()
    for k in (1, 3):
        assert found[f"mine@{k}"] == pytest.approx(found[f"precision@{k}"], abs=1e-12)
        assert torch.equal(each[f"mine@{k}"], each[f"precision@{k}"])


def test_a_prefix_marks_all_names() -> None:
    metrics = RankingMetrics(["recall"], (3,), 5, own={"mine": precision}, prefix="sampled_")
    metrics.update(LISTS, *RELEVANT)
    assert set(metrics.compute()) == set(metrics.per_user()) == {"sampled_recall@3", "sampled_mine@3"}
    alone = RankingMetrics([], (3,), 5, own={"mine": precision})
    alone.update(LISTS, *RELEVANT)
    assert alone.compute() == {"mine@3": pytest.approx(2 / 9)}


def test_a_metric_keeps_its_values() -> None:
    metric = OwnMetric("mine", precision, 2)
    metric.update(LISTS, RELEVANT)
    assert torch.cat(metric.kept).tolist() == [0.5, 0.0, 0.5]
    assert float(metric.compute()) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("metric", "message"),
    [
        (lambda lists, relevant: torch.zeros(2), r"a value for each list, \[3\]"),
        (lambda lists, relevant: 0.5, "a value for each list"),
        (lambda lists, relevant: torch.full((3,), float("nan")), "finite for each list"),
    ],
    ids=["too few", "no tensor", "nan"],
)
def test_what_is_no_value_for_each_list(metric, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        OwnMetric("mine", metric, 3).update(LISTS, RELEVANT)


def test_names() -> None:
    assert named_metrics([precision]) == {"precision": precision}
    assert named_metrics({"p": precision}) == {"p": precision}
    for given, message in (
        ([lambda *_: 0], "functions with a name"),
        ([3], "functions of lists and relevant items"),
        ({"p@5": precision}, "functions with a name"),
        ([precision, precision], "of different names"),
    ):
        with pytest.raises(ValueError, match=message):
            named_metrics(given)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="of other names than the library's"):
        RankingMetrics(["recall"], (3,), 5, own={"recall": precision})
