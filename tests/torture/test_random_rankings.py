"""Lists and their metrics on random small graphs, against dense formulas."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from attacks.random_graphs import TEST, TRAIN, VALID, Drawn, Rng, holds_for_all, refused, scored
from pygmmrec.data import build_hetero_data
from pygmmrec.evaluation import evaluate
from pygmmrec.models import BPRMF, LightGCN
from pygmmrec.training import load_weights, save_weights

pytestmark = pytest.mark.torture


def evaluates(rng: Rng, drawn: Drawn, tmp_path: Path) -> None:
    matrix, data = drawn.matrix, BPRMF.prepare(drawn.data)
    model, scores = scored(matrix, rng)
    k, drop = int(rng.integers(1, matrix.shape[1] + 1)), bool(rng.random() < 0.5)
    split, label = ("valid", VALID) if rng.random() < 0.5 else ("test", TEST)
    exclude, out = [(None, ()), ("train", (TRAIN,)), ("train+val", (TRAIN, VALID))][rng.integers(3)]
    left_out = np.isin(matrix, [each for each in out if each != label])
    block = [None, 1, 2][rng.integers(3)]
    options = {"split": split, "ks": [k], "exclude": exclude, "drop_cold_users": drop, "block_size": block}
    held, trains = matrix == label, (matrix == TRAIN).any(axis=1)
    users = [u for u in range(len(matrix)) if held[u].any() and (trains[u] or not drop)]
    if not users:
        assert refused(lambda: evaluate(model, data, **options))
        return
    found, wanted = evaluate(model, data, **options), []
    for user in users:
        ranked = [i for i in np.argsort(-scores[user], kind="stable") if not left_out[user, i]][:k]
        hit, total = np.zeros(k), held[user].sum()
        hit[: len(ranked)] = held[user, ranked]
        discount = 1 / np.log2(np.arange(k) + 2)
        wanted.append(
            {
                "recall": hit.sum() / total,
                "precision": hit.sum() / k,
                "ndcg": (hit * discount).sum() / discount[: min(k, total)].sum(),
                "map": (hit * np.cumsum(hit) / np.arange(1, k + 1)).sum() / min(k, total),
                "hit_ratio": float(hit.any()),
                "mrr": 1 / (hit.argmax() + 1) if hit.any() else 0.0,
            }
        )
    for name in wanted[0]:
        assert found[f"{name}@{k}"] == pytest.approx(np.mean([each[name] for each in wanted]), abs=1e-9), name


def recommends(rng: Rng, drawn: Drawn, tmp_path: Path) -> None:
    matrix, data = drawn.matrix, BPRMF.prepare(drawn.data)
    model, scores = scored(matrix, rng)
    num_users, num_items = matrix.shape
    k = int(rng.integers(0, num_items + 2))
    exclude, out = [(None, ()), ("train", (TRAIN,)), ("train+val", (TRAIN, VALID))][rng.integers(3)]
    users = rng.integers(num_users, size=rng.integers(1, 5))
    if not 1 <= k <= num_items:
        assert refused(lambda: model.recommend(data, torch.from_numpy(users), k, exclude=exclude))
        return
    lists, found = model.recommend(data, torch.from_numpy(users), k, exclude=exclude)
    left_out = np.isin(matrix, out)
    for row, user in enumerate(users):
        ranked = [i for i in np.argsort(-scores[user], kind="stable") if not left_out[user, i]][:k]
        assert lists[row, : len(ranked)].tolist() == ranked
        np.testing.assert_allclose(
            found[row, : len(ranked)].detach().numpy(), scores[user, ranked], atol=1e-5
        )
        assert torch.isneginf(found[row, len(ranked) :]).all()
        assert len(set(lists[row].tolist())) == k


def reloads_in_another_order(rng: Rng, drawn: Drawn, tmp_path: Path) -> None:
    """Weights find their users and items by raw id in a graph that lists them otherwise."""
    matrix, data = drawn.matrix, LightGCN.prepare(drawn.data)
    model = LightGCN.from_data(data, embedding_dim=3)
    save_weights(model, tmp_path / "weights.safetensors", data)
    users, items = (rng.permutation(size) for size in matrix.shape)
    rows = np.nonzero(matrix)
    other = build_hetero_data((*rows, matrix[rows] - 1), user_ids=users.tolist(), item_ids=items.tolist())
    other = LightGCN.prepare(other)
    loaded = LightGCN.from_data(other, seed=9, embedding_dim=3)
    load_weights(loaded, tmp_path / "weights.safetensors", other)
    for mine, theirs, order in zip(loaded(other), model(data), (users, items), strict=True):
        torch.testing.assert_close(mine, theirs[torch.from_numpy(order)], rtol=0, atol=1e-6)


PROPERTIES = (evaluates, recommends, reloads_in_another_order)


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda function: function.__name__)
def test_of_random_graphs(
    holds: Callable[[Rng, Drawn, Path], None], seed: int, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    holds_for_all(holds, seed, pytestconfig.getoption("--torture-graphs"), tmp_path)
