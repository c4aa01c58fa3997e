"""Graphs, transforms, samples, losses and layers on random small graphs, against dense formulas."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from attacks.random_graphs import TEST, TRAIN, VALID, Drawn, Rng, holds_for_all, normalized, refused
from pygmmrec.data import (
    ColdItemSplit,
    Interactions,
    LeaveOneOut,
    RatioSplit,
    TemporalSplit,
    UserTemporalSplit,
    relabel,
    validate_hetero_data,
)
from pygmmrec.losses import bpr_loss, info_nce_loss
from pygmmrec.models import LightGCN
from pygmmrec.nn import DREAM, RCA
from pygmmrec.sampling import TripletSampler
from pygmmrec.transforms import DropEdge, ItemKNNGraph
from pygmmrec.typing import INTERACTS, REV_INTERACTS, item_edge_type
from pygmmrec.typing import TEST as TEST_PAIRS
from pygmmrec.typing import VALID as VALID_PAIRS

pytestmark = pytest.mark.torture


def pairs(edges: torch.Tensor) -> list[tuple[int, int]]:
    return [(user, item) for user, item in edges.t().tolist()]


def where(mask: np.ndarray) -> list[tuple[int, int]]:
    return [(int(user), int(item)) for user, item in np.argwhere(mask)]


def builds(rng: Rng, drawn: Drawn, tmp_path: Path) -> None:
    matrix, features, data = drawn
    validate_hetero_data(data)
    store = data[INTERACTS]
    parts = {TRAIN: store.edge_index, VALID: store[VALID_PAIRS], TEST: store[TEST_PAIRS]}
    for label, edges in parts.items():
        assert pairs(edges) == where(matrix == label)
    for name, values in features.items():
        assert np.array_equal(data["item"][name].numpy(), np.nan_to_num(values))
        known = ~np.isnan(values).any(axis=1)
        assert known.all() or np.array_equal(data["item"][f"{name}_available"].numpy(), known)


def splits(rng: Rng, drawn: Drawn, tmp_path: Path) -> None:
    user, item = (column.astype(np.int64) for column in np.nonzero(drawn.matrix))
    time = rng.integers(-5, 6, size=len(user))
    table = Interactions(user, item, timestamp=time)
    ratios = [(0.8, 0.1, 0.1), (0.5, 0.5, 0), (0.6, 0, 0.4), (1, 0, 0), (0.05, 0.05, 0.9)][rng.integers(5)]
    labels = RatioSplit(ratios, int(rng.integers(9)))(table)
    by_user = UserTemporalSplit(ratios)(table)
    last = LeaveOneOut()(table)
    for each in np.unique(user):
        rows = np.flatnonzero(user == each)
        assert 0 in labels[rows]
        assert len(rows) < 3 or all(share == 0 or label in labels[rows] for label, share in enumerate(ratios))
        in_time = rows[np.lexsort((rows, time[rows]))]
        assert by_user[in_time].tolist() == sorted(labels[rows].tolist())
        assert last[in_time].tolist() == [0] * len(rows) if len(rows) < 3 else [0] * (len(rows) - 2) + [1, 2]
    labels = TemporalSplit(ratios)(table)
    for early, late in ((0, 1), (1, 2), (0, 2)):
        if early in labels and late in labels:
            assert time[labels == early].max() < time[labels == late].min()


def relabels(rng: Rng, drawn: Drawn, tmp_path: Path) -> None:
    wanted = set(where(drawn.matrix > 0))
    for split in (RatioSplit(seed=int(rng.integers(9))), ColdItemSplit(0.3, int(rng.integers(9)))):
        if refused(lambda s=split: relabel(drawn.data, s)):
            continue
        data = relabel(drawn.data, split)
        validate_hetero_data(data)
        store = data[INTERACTS]
        parts = [pairs(edges) for edges in (store.edge_index, store[VALID_PAIRS], store[TEST_PAIRS])]
        assert set().union(*parts) == wanted
        assert sum(map(len, parts)) == len(wanted)
        if isinstance(split, ColdItemSplit):
            seen, *held = [{item for _, item in part} for part in parts]
            assert not seen & set().union(*held)


def propagates(rng: Rng, drawn: Drawn, tmp_path: Path) -> None:
    layers = int(rng.integers(1, 4))
    before = drawn.data.to_dict().keys()
    data = LightGCN.prepare(drawn.data)
    model = LightGCN.from_data(data, embedding_dim=3, num_layers=layers)
    adj = normalized(drawn.matrix)
    user, item = (
        w.detach().double().numpy() for w in (model.user_embedding.weight, model.item_embedding.weight)
    )
    users, items = [user], [item]
    for _ in range(layers):
        user, item = adj @ item, adj.T @ user
        users.append(user)
        items.append(item)
    out = model(data)
    np.testing.assert_allclose(out.user.detach().numpy(), np.mean(users, axis=0), atol=1e-6)
    np.testing.assert_allclose(out.item.detach().numpy(), np.mean(items, axis=0), atol=1e-6)
    assert drawn.data.to_dict().keys() == before


def connects_items(rng: Rng, drawn: Drawn, tmp_path: Path) -> None:
    k = int(rng.integers(1, 9))
    there = [int((~np.isnan(values).any(axis=1)).sum()) for values in drawn.features.values()]
    if k > min(there, default=k):
        assert refused(lambda: ItemKNNGraph(k=k)(drawn.data))
        return
    data = ItemKNNGraph(k=k)(drawn.data)
    for name, values in drawn.features.items():
        known = np.flatnonzero(~np.isnan(values).any(axis=1))
        length = np.linalg.norm(np.nan_to_num(values), axis=1, keepdims=True)
        unit = np.nan_to_num(values) / np.maximum(length, 1e-12)
        neighbour, item = data[item_edge_type(f"{name}_knn")].edge_index.numpy()
        assert set(item) <= set(known)
        assert set(neighbour) <= set(known)
        for each in known:
            best = np.sort(unit[known] @ unit[each])[::-1][:k]
            found = np.sort(unit[neighbour[item == each]] @ unit[each])[::-1]
            np.testing.assert_allclose(found, best, atol=1e-5)


def drops_edges(rng: Rng, drawn: Drawn, tmp_path: Path) -> None:
    p = float(rng.choice([0, 0.1, 0.5, 0.95]))
    data = DropEdge(p=p)(LightGCN.prepare(drawn.data))
    kept = pairs(data[INTERACTS].edge_index)
    assert set(kept) <= set(where(drawn.matrix == TRAIN))
    assert sorted((item, user) for user, item in kept) == pairs(data[REV_INTERACTS].edge_index)
    assert p > 0 or len(kept) == (drawn.matrix == TRAIN).sum()


def samples(rng: Rng, drawn: Drawn, tmp_path: Path) -> None:
    known, candidates = drawn.matrix == TRAIN, str(rng.choice(["train", "all"]))
    choice = known.any(axis=0) if candidates == "train" else np.ones(known.shape[1], dtype=bool)
    asks = (known | ~choice).all(axis=1)  # users with every candidate
    options = {"batch_size": int(rng.integers(1, 9)), "candidates": candidates, "seed": int(rng.integers(9))}
    if (asks | ~known.any(axis=1)).all():
        assert refused(lambda: TripletSampler(drawn.data, **options))
        return
    sampler = TripletSampler(drawn.data, **options)
    for _ in range(2):
        batches = list(sampler)
        assert len(batches) == len(sampler)
        user, pos, neg = (torch.cat(part).numpy() for part in zip(*batches, strict=True))
        assert sorted(zip(user.tolist(), pos.tolist(), strict=True)) == where(known & ~asks[:, None])
        assert not known[user, neg].any()
        assert choice[neg].all()


def loses(rng: Rng, drawn: Drawn, tmp_path: Path) -> None:
    size, dim = rng.integers(1, 7), rng.integers(1, 6)
    scale, temperature = rng.choice([1.0, 1e-3, 1e3, 0.0]), float(rng.choice([0.05, 0.2, 1.0]))
    x, y = (torch.tensor(scale * rng.normal(size=(size, dim)), requires_grad=True) for _ in range(2))
    pos, neg = (x * y).sum(1), (x * y.flip(0)).sum(1)
    bpr, contrast = bpr_loss(pos, neg), info_nce_loss(x, y, temperature=temperature)
    wanted = np.logaddexp(0, -(pos - neg).detach().numpy()).mean()
    assert bpr.item() == pytest.approx(wanted, rel=1e-9, abs=1e-12)
    if scale:
        a, b = (
            v.detach().numpy() / np.linalg.norm(v.detach().numpy(), axis=1, keepdims=True) for v in (x, y)
        )
        logits = a @ b.T / temperature
        top = logits.max(axis=1)
        wanted = (np.log(np.exp(logits - top[:, None]).sum(1)) + top - np.diag(logits)).mean()
        assert contrast.item() == pytest.approx(wanted, rel=1e-6, abs=1e-8)
    (bpr + contrast).backward()
    assert bool(x.grad.isfinite().all() and y.grad.isfinite().all())


def refines(rng: Rng, drawn: Drawn, tmp_path: Path) -> None:
    """Attention and reduction of features that are zero, equal or missing stay finite, gradients too."""
    torch.manual_seed(int(rng.integers(99)))
    dim, num_items = int(rng.choice([2, 4, 8])), drawn.matrix.shape[1]
    names = list("abc"[: rng.integers(1, 4)])
    makes = (torch.randn, torch.zeros, lambda *size: torch.full(size, 2.0))
    values = {name: makes[rng.integers(3)](num_items, dim).requires_grad_() for name in names}
    reduced = DREAM(dim, variant=str(rng.choice(["paper", "released"]))).eval()(values["a"])
    mode, rounds = str(rng.choice(["entity", "feature"])), int(rng.integers(1, 4))
    available = {name: torch.rand(num_items) > 0.5 for name in names} if rng.random() < 0.5 else None
    given = {name: x if available is None else x * available[name][:, None] for name, x in values.items()}
    out = RCA(names, dim, correlation=mode, num_rounds=rounds).eval()(given, available)
    sum(each.sum() for each in [reduced, *out.values()]).backward()
    assert all(bool(each.isfinite().all()) for each in [reduced, *out.values()])
    assert all(x.grad is None or bool(x.grad.isfinite().all()) for x in values.values())


PROPERTIES = (builds, splits, relabels, propagates, connects_items, drops_edges, samples, loses, refines)


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda function: function.__name__)
def test_of_random_graphs(
    holds: Callable[[Rng, Drawn, Path], None], seed: int, tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    holds_for_all(holds, seed, pytestconfig.getoption("--torture-graphs"), tmp_path)
