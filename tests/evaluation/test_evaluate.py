import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from pygmmrec.evaluation import METRICS, PER_USER_METRICS, evaluate, evaluate_per_user
from pygmmrec.evaluation.evaluate import SeesLists, measure
from pygmmrec.models import Recommender
from pygmmrec.typing import INTERACTS, TEST, VALID, Embeddings, Triplets


class FixedScores(Recommender):
    """Ranks by a given matrix; remembers in which mode it was asked."""

    def __init__(self, scores: Tensor) -> None:
        super().__init__(*scores.shape)
        self.scores = scores  # [U, I]
        self.frozen = nn.Dropout()
        self.frozen.eval()
        self.asked: list[tuple[bool, bool]] = []

    def forward(self, data: HeteroData) -> Embeddings:
        self.asked.append((self.training, torch.is_grad_enabled()))
        return Embeddings(self.scores, torch.eye(self.scores.size(1), dtype=self.scores.dtype))

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        raise NotImplementedError

    def reset_parameters(self) -> None:
        pass

    def score(self, out: Embeddings, user_index: Tensor) -> Tensor:
        return out.user[user_index] @ out.item.t()


def graph(num_users: int, num_items: int, train: Tensor, valid: Tensor, test: Tensor) -> HeteroData:
    data = HeteroData()
    data["user"].num_nodes = num_users
    data["item"].num_nodes = num_items
    data[INTERACTS].edge_index = train
    data[INTERACTS][VALID] = valid
    data[INTERACTS][TEST] = test
    return data


@pytest.fixture(scope="module")
def oracle(golden: Path) -> dict[str, np.ndarray]:
    with np.load(golden / "metrics.npz") as file:
        return dict(file)


@pytest.fixture(scope="module")
def golden_data(oracle: dict[str, np.ndarray]) -> HeteroData:
    train, valid, test = (torch.from_numpy(oracle[f"{name}_ui"]).t() for name in ("train", "valid", "test"))
    return graph(*oracle["scores"].shape, train, valid, test)


@pytest.fixture(scope="module")
def golden_model(oracle: dict[str, np.ndarray]) -> FixedScores:
    return FixedScores(torch.from_numpy(oracle["scores"]))


ORACLE_METRICS = ("recall", "ndcg", "precision", "map")


@pytest.mark.parametrize("split", ["valid", "test"])
def test_evaluate_meets_the_oracle(oracle, golden_data, golden_model, split) -> None:
    ks = oracle["K"].tolist()
    out = evaluate(golden_model, golden_data, split=split, ks=ks, metrics=ORACLE_METRICS, block_size=16)
    assert set(out) == {f"{name}@{k}" for name in ORACLE_METRICS for k in ks}
    for name, value in out.items():
        assert value == pytest.approx(float(oracle[f"{split}/{name}"]), rel=0, abs=1e-9), name


@pytest.mark.parametrize("split", ["valid", "test"])
def test_evaluate_per_user_meets_the_oracle(oracle, golden_data, golden_model, split) -> None:
    ks = oracle["K"].tolist()
    users, out = evaluate_per_user(golden_model, golden_data, split=split, ks=ks, metrics=ORACLE_METRICS)
    order = np.argsort(oracle[f"{split}/eval_users"])
    assert users.tolist() == oracle[f"{split}/eval_users"][order].tolist()
    for name in ORACLE_METRICS:
        expected = torch.from_numpy(oracle[f"{split}/per_user/{name}"][order])
        actual = torch.stack([out[f"{name}@{k}"] for k in ks], dim=1)
        assert actual.dtype == torch.float64
        torch.testing.assert_close(actual, expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("split", ["valid", "test"])
def test_hit_ratio_and_mrr_follow_from_the_hits(oracle, golden_data, golden_model, split) -> None:
    ks = oracle["K"].tolist()
    out = evaluate(golden_model, golden_data, split=split, ks=ks, metrics=["hit_ratio", "mrr"])
    hits = oracle[f"{split}/hits"]
    for k in ks:
        first = hits[:, :k] / np.arange(1, k + 1)
        assert out[f"hit_ratio@{k}"] == pytest.approx(hits[:, :k].any(1).mean(), abs=1e-12)
        assert out[f"mrr@{k}"] == pytest.approx(first.max(1).mean(), abs=1e-12)


def test_averages_are_the_mean_of_the_users(oracle, golden_data, golden_model) -> None:
    ks = oracle["K"].tolist()
    averaged = evaluate(golden_model, golden_data, ks=ks, metrics=PER_USER_METRICS)
    _, per_user = evaluate_per_user(golden_model, golden_data, ks=ks)
    assert list(averaged) == list(per_user)
    for name, value in averaged.items():
        assert value == pytest.approx(float(per_user[name].mean()), abs=1e-15)


def test_neither_block_size_nor_repetition_changes_anything(oracle, golden_data, golden_model) -> None:
    ks = oracle["K"].tolist()
    once = evaluate(golden_model, golden_data, split="test", ks=ks)
    assert evaluate(golden_model, golden_data, split="test", ks=ks) == once
    for block_size in (1, 7, 1000):
        other = evaluate(golden_model, golden_data, split="test", ks=ks, block_size=block_size)
        assert other == pytest.approx(once, rel=0, abs=1e-14)


@pytest.fixture
def small() -> tuple[FixedScores, HeteroData]:
    """Three warm users and a cold one, four items; every list is known by heart."""
    scores = torch.tensor(
        [
            [9.0, 8.0, 7.0, 6.0],  # 0: trained on 0            -> 1 2 3
            [9.0, 8.0, 7.0, 6.0],  # 1: trained on 3            -> 0 1 2
            [6.0, 7.0, 8.0, 9.0],  # 2: trained on 3, valid 2   -> 2 1 0
            [9.0, 8.0, 7.0, 6.0],  # 3: cold                    -> 0 1 2 3
        ]
    )
    train = torch.tensor([[0, 1, 2], [0, 3, 3]])
    valid = torch.tensor([[2], [2]])
    test = torch.tensor([[3, 2, 0, 0, 1], [0, 1, 3, 2, 1]])
    return FixedScores(scores), graph(4, 4, train, valid, test)


def test_by_hand(small) -> None:
    model, data = small
    # Lists of length 2: user 0: 1 [2]; user 1: 0 [1]; user 2: 2 [1]: each has its only hit second.
    out = evaluate(model, data, split="test", ks=[1, 2])
    gain = 1 / np.log2(3)
    expected = {
        "recall@1": 0.0,
        "recall@2": (1 / 2 + 1 + 1) / 3,
        "ndcg@1": 0.0,
        "ndcg@2": (gain / (1 + gain) + gain + gain) / 3,
        "precision@1": 0.0,
        "precision@2": 1 / 2,
        "map@1": 0.0,
        "map@2": (1 / 4 + 1 / 2 + 1 / 2) / 3,
        "hit_ratio@1": 0.0,
        "hit_ratio@2": 1.0,
        "mrr@1": 0.0,
        "mrr@2": 1 / 2,
        "coverage@1": 3 / 4,  # items 1, 0, 2
        "coverage@2": 3 / 4,
    }
    assert out == pytest.approx(expected, abs=1e-15)
    assert all(type(value) is float for value in out.values())


def test_what_is_excluded(small) -> None:
    model, data = small
    # First hits: user 0 has item 2 (then 3), user 1 item 1, user 2 item 1.
    expected = {None: [1 / 3, 1 / 2, 1 / 3], "train": [1 / 2, 1 / 2, 1 / 2], "train+val": [1 / 2, 1 / 2, 1]}
    for exclude, values in expected.items():
        _, out = evaluate_per_user(model, data, split="test", ks=[3], metrics=["mrr"], exclude=exclude)
        assert out["mrr@3"].tolist() == pytest.approx(values), exclude


def test_cold_users_are_dropped_and_counted_unless_kept(small, caplog) -> None:
    model, data = small
    with caplog.at_level(logging.DEBUG, logger="pygmmrec"):
        users, _ = evaluate_per_user(model, data, split="test", ks=[1])
    assert users.tolist() == [0, 1, 2]
    assert "1 of 4 users" in caplog.text
    users, values = evaluate_per_user(model, data, split="test", ks=[1], drop_cold_users=False)
    assert users.tolist() == [0, 1, 2, 3]
    assert values["recall@1"].tolist() == [0, 0, 0, 1]


def test_the_model_is_asked_once_and_comes_back_as_it_was(small) -> None:
    model, data = small
    evaluate(model, data, ks=[1], block_size=1)
    assert model.asked == [(False, False)]
    assert model.training
    assert not model.frozen.training
    assert torch.get_default_dtype() == torch.float32


def test_half_precision_scores_are_ranked(small) -> None:
    model, data = small
    whole = evaluate(model, data, split="test", ks=[2])
    model.scores = model.scores.to(torch.bfloat16)
    assert evaluate(model, data, split="test", ks=[2]) == whole


def test_the_training_flag_and_default_dtype_survive_an_error(small) -> None:
    model, data = small
    model.scores = model.scores * torch.nan
    with pytest.raises(ValueError, match="free of NaN"):
        evaluate(model, data, ks=[1])
    assert model.training
    assert torch.get_default_dtype() == torch.float32


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"split": "train"}, r"'split' needs to be one of \['valid', 'test'\].*got 'train'"),
        ({"metrics": ["auc"]}, r"'metrics' needs to be out of \['recall', .*'coverage'\].*got 'auc'"),
        ({"metrics": []}, "'metrics' needs to be some of"),
        ({"ks": []}, "'ks' needs to be one list length or more"),
        ({"ks": [0]}, r"'ks' needs to be between 1 and the number of items \(4\).*got 0"),
        ({"ks": [5]}, r"'ks' needs to be between 1 and the number of items \(4\).*got 5"),
        ({"exclude": "val"}, r"'exclude' needs to be None or one of \['train', 'train\+val'\].*got 'val'"),
        ({"block_size": 0}, "'block_size' needs to be at least 1"),
    ],
)
def test_errors_name_the_choices(small, change, message) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(*small, **{"ks": [1], **change})


def test_coverage_has_no_value_per_user(small) -> None:
    assert set(METRICS) - set(PER_USER_METRICS) == {"coverage"}
    with pytest.raises(ValueError, match=r"'metrics' needs to be out of .* 'evaluate_per_user'"):
        evaluate_per_user(*small, ks=[1], metrics=["coverage"])


def test_an_empty_split_and_a_split_of_cold_users_are_errors(small) -> None:
    model, data = small
    data[INTERACTS][VALID] = torch.empty(2, 0, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"held-out pairs.*got 'valid'.*empty"):
        evaluate(model, data, ks=[1])
    data[INTERACTS][VALID] = torch.tensor([[3], [0]])
    with pytest.raises(ValueError, match="'drop_cold_users=False' keeps them"):
        evaluate(model, data, ks=[1])
    assert evaluate(model, data, ks=[1], drop_cold_users=False)["recall@1"] == 1.0


@pytest.mark.parametrize("exclude", [None, "train", "train+val"])
def test_what_a_split_asks_about_is_never_masked(small, exclude) -> None:
    model, data = small
    # Both parts ask about a training edge, and the test about a validation pair.
    data[INTERACTS][VALID] = torch.tensor([[0, 2, 2], [0, 2, 3]])
    data[INTERACTS][TEST] = torch.tensor([[0, 0, 2, 2], [0, 1, 2, 3]])
    for split in ("valid", "test"):
        users, out = evaluate_per_user(
            model, data, split=split, ks=[4], metrics=["recall", "mrr"], exclude=exclude
        )
        assert users.tolist() == [0, 2]
        assert out["recall@4"].tolist() == [1, 1]
        assert out["mrr@4"].tolist() == [1, 1]  # user 0 has item 0 first, user 2 has item 3 first


def test_pairs_met_before_are_counted_and_warned_of(small, caplog) -> None:
    model, data = small
    data[INTERACTS][TEST] = torch.tensor([[0, 0, 2, 3, 0], [0, 1, 2, 3, 1]])
    with caplog.at_level(logging.WARNING, logger="pygmmrec"):
        out = evaluate(model, data, split="test", ks=[2])
    assert out.counts == (2, 1, 3, 1, 1, 1, 0, 0)
    assert "1 of 3 held-out pairs of 'test' are training edges too" in caplog.text
    assert "1 of 3 held-out pairs of 'test' are validation pairs too" in caplog.text
    assert "1 held-out pairs of 'test' are there twice; each counts once" in caplog.text


def test_repeated_held_out_pairs_change_nothing(oracle, golden_data, golden_model) -> None:
    twice = golden_data.clone()
    twice[INTERACTS][TEST] = golden_data[INTERACTS][TEST].repeat(1, 2)
    ks = oracle["K"].tolist()
    expected = evaluate(golden_model, golden_data, split="test", ks=ks)
    found = evaluate(golden_model, twice, split="test", ks=ks)
    assert found == expected
    assert found.counts.repeated_pairs == golden_data[INTERACTS][TEST].size(1)
    assert expected.counts.repeated_pairs == expected.counts.pairs_in_train == 0


def test_excluded_items_that_fill_up_a_list_are_not_covered(small) -> None:
    model, data = small
    data[INTERACTS].edge_index = torch.tensor([[0, 0, 0], [0, 1, 2]])
    data[INTERACTS][TEST] = torch.tensor([[0], [3]])
    out = evaluate(model, data, split="test", ks=[1, 4])
    assert (out["coverage@1"], out["coverage@4"], out["recall@4"]) == (1 / 4, 1 / 4, 1.0)


def test_an_item_that_scores_minus_infinity_is_no_candidate(small) -> None:
    model, data = small
    scores = model.scores.masked_fill(torch.tensor([False, False, False, True]), -torch.inf)
    model.score = lambda out, users: scores[users]
    data[INTERACTS][TEST] = torch.tensor([[0], [3]])
    assert evaluate(model, data, split="test", ks=[4])["recall@4"] == 0.0


def test_others_may_look_at_the_lists(small) -> None:
    model, data = small
    seen = []

    class Look:
        def update(self, user: Tensor, item: Tensor, row: Tensor, held_out: Tensor, /) -> None:
            seen.append((user.tolist(), item.tolist(), row.tolist(), held_out.tolist()))

    look: SeesLists = Look()
    measure(model, data, "test", [4], also=[look], drop_cold_users=False)
    users, lists, row, held_out = seen[0]
    assert users == [0, 1, 2, 3]
    assert lists == [[1, 2, 3, -1], [0, 1, 2, -1], [2, 1, 0, -1], [0, 1, 2, 3]]
    assert list(zip(row, held_out, strict=True)) == [(0, 3), (0, 2), (1, 1), (2, 1), (3, 0)]


def test_a_model_without_weights(small) -> None:
    model, data = small
    assert list(model.parameters()) == []
    items, _ = model.recommend(data, torch.tensor([0, 3]), 2, exclude="train")
    assert items.tolist() == [[1, 2], [0, 1]]


def test_default_list_lengths_of_a_small_catalogue(small) -> None:
    model, data = small
    assert set(evaluate(model, data, metrics=["recall"])) == {"recall@4"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda model, data: (data, model), r"'model' needs to be a Recommender .*evaluate\(model, data\)"),
        (lambda model, data: (model, [data]), r"'data' needs to be a graph.*dataset\[0\]"),
        (lambda model, data: (FixedScores, data), r"Build it first: FixedScores\.from_data\(data\)"),
        (lambda model, data: ("CRANE", data), r"'CRANE'.*Build it first"),
        (lambda model, data: (nn.Linear(1, 1), data), "Derive yours from pygmmrec.models.Recommender"),
        (lambda model, data: (model, HeteroData()), "a graph with edges"),
    ],
)
def test_something_else_in_their_place(small, given, message) -> None:
    with pytest.raises(ValueError, match=message):
        evaluate(*given(*small), ks=[1])


@pytest.mark.parametrize(
    "change",
    [{"block_size": 1.5}, {"drop_cold_users": 1}, {"exclude": ["train"]}, {"ks": 1}, {"metrics": "recall"}],
)
def test_kinds_of_arguments(small, change) -> None:
    with pytest.raises(ValueError, match=f"'{next(iter(change))}' needs to be"):
        evaluate(*small, **{"ks": [1], **change})
