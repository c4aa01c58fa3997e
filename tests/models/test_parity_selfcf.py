"""SelfCF against the released code's numbers."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.models import SelfCF

NAMES = {
    "user_embedding.weight": "online_encoder.embedding_dict.user_emb",
    "item_embedding.weight": "online_encoder.embedding_dict.item_emb",
    "predictor": "predictor",
}
"""Ours to theirs."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("SelfCF")


@pytest.fixture
def data(golden_problem) -> HeteroData:
    return SelfCF.prepare(golden_problem[0])


@pytest.fixture
def build(oracle, data, renamed) -> Callable[..., SelfCF]:
    """Maker of the model with their weights, whose propagation drops nothing unless told otherwise."""
    arrays, hyper = oracle

    def build(**config) -> SelfCF:
        model = SelfCF.from_data(
            data,
            embedding_dim=hyper["embedding_size"],
            num_layers=hyper["n_layers"],
            reg_weight=hyper["reg_weight"],
            variant="released",
            **{"p": hyper["dropout"], "max_edge_p": 0.0, **config},
        )
        model.load_state_dict(renamed(arrays, NAMES, "param"), strict=False)
        return model

    return build


@pytest.fixture
def drawn(oracle, data, dense_graph) -> Callable[[str], list[Adj]]:
    """Reader of a drawn graph: the matrix to items, and the one to users."""

    def read(name: str) -> list[Adj]:
        num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
        square = dense_graph(oracle[0], name, num_users + num_items, num_users + num_items)
        found = []
        for part in (square[num_users:, :num_users], square[:num_users, num_users:]):
            row, col = part.nonzero().t()
            found.append(Adj.from_edge_index(torch.stack([col, row]), part[row, col], size=part.t().shape))
        return found

    return read


@pytest.fixture
def compare(oracle, data, golden_problem, near_in_scale, near_gradients, renamed):
    """Comparison of a model's terms and gradients with the numbers of a kind."""
    arrays, hyper = oracle

    def compare(model: SelfCF, kind: str) -> None:
        terms = model.loss(data, golden_problem[1])
        pair = [arrays[f"{kind}/term/{name}"] for name in ("user_to_item", "item_to_user")]
        near_in_scale(terms["rec"], sum(pair) / 2 + 1)
        if f"{kind}/term/reg" in arrays:
            near_in_scale(terms["l2"], hyper["reg_weight"] * arrays[f"{kind}/term/reg"])
        loss = sum(terms.values())
        near_in_scale(loss - 1, arrays[f"{kind}/loss"].reshape(()))
        loss.backward()
        near_gradients(model, renamed(arrays, NAMES, f"{kind}/grad"))

    return compare


def replay(values: list) -> Callable[..., object]:
    """What gives one value after the other, whatever it is asked."""
    left = iter(values)
    return lambda *_: next(left)


def test_embeddings_and_scores(build, oracle, data, near) -> None:
    arrays, model = oracle[0], build()
    e, out = model.propagate(data), model(data)
    near(e.user, arrays["eval/user_emb"])
    near(e.item, arrays["eval/item_emb"])
    near(out.user[:, : e.user.size(1)], arrays["eval/user_predictor"])
    near(out.item[:, e.user.size(1) :], arrays["eval/item_predictor"])
    near(model.score(out, torch.arange(model.num_users)), arrays["eval/scores"])


def test_loss_and_gradients(build, compare) -> None:
    compare(build(), "train")


def test_dropped_edges_and_targets(build, oracle, drawn, compare, monkeypatch) -> None:
    arrays, rate = oracle[0], float(oracle[0]["train_drop/rate"])
    model = build(p=rate, max_edge_p=1.0)
    monkeypatch.setattr(model.drop_edge, "forward", replay(drawn("train_drop/adj")))
    masks: list[Tensor] = [torch.from_numpy(arrays[f"train_drop/mask_{of}"]) for of in ("users", "items")]
    left = iter(masks)
    monkeypatch.setattr(model.dropout, "forward", lambda x: x * next(left) / (1 - rate))
    compare(model, "train_drop")


def test_targets_of_history(build, oracle, compare, near) -> None:
    arrays = oracle[0]
    model = build(form="history", momentum=float(arrays["history/momentum"]))
    model.user_history.copy_(torch.from_numpy(arrays["history/users_before"]))
    model.item_history.copy_(torch.from_numpy(arrays["history/items_before"]))
    compare(model, "history")
    near(model.user_history, arrays["history/users_after"])
    near(model.item_history, arrays["history/items_after"])


def test_targets_of_a_pruned_graph(build, oracle, drawn, compare, monkeypatch) -> None:
    model = build(form="edge", p=float(oracle[0]["prune/rate"]))
    monkeypatch.setattr(model.drop_edge, "forward", replay(drawn("prune/adj")))
    compare(model, "prune")


def test_ten_steps_of_adam(build, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(build(), data, golden_problem[1], len(expected)) - 1, expected)
