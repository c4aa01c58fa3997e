"""MENTOR against the authors' numbers."""

import pytest
import torch

from pygmmrec.models.mentor import FUSED, MENTOR
from pygmmrec.typing import INTERACTS

MODALITIES = {"visual": "v", "text": "t"}
"""Ours to theirs, in the order of their blocks."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("MENTOR")


@pytest.fixture
def data(golden_problem, oracle):
    hyper = oracle[1]
    share = hyper["mm_image_weight"]
    weights = {"visual_knn": share, "text_knn": 1 - share}
    return MENTOR.pre_transform(hyper["knn_k"], weights)(golden_problem[0])


def weights(arrays, kind):
    names = {"user_weight": "weight_u", "item_embedding.weight": "id_feat"}
    encoders = {("encode", m): f"{t}_gcn" for m, t in MODALITIES.items()} | {("guide", "id"): "id_gcn"}
    encoders |= {(f"noisy.{n}", m): f"{t}_gcn_n{n + 1}" for m, t in MODALITIES.items() for n in range(2)}
    for (ours, m), theirs in encoders.items():
        names[f"{ours}.preference.{m}"] = f"{theirs}.preference"
        for part in ("weight", "bias"):
            names[f"{ours}.project.hidden.lins.{m}.{part}"] = f"{theirs}.MLP.{part}"
            names[f"{ours}.project.out.lins.{m}.{part}"] = f"{theirs}.MLP_1.{part}"
    names |= {f"predict.{part}": f"mlp.{part}" for part in ("weight", "bias")}
    found = {ours: torch.from_numpy(arrays[f"{kind}/{theirs}"]) for ours, theirs in names.items()
             if f"{kind}/{theirs}" in arrays}  # fmt: skip
    shares = found["user_weight"].squeeze(-1)
    return {**found, "user_weight": shares - 1 / len(MODALITIES) if kind == "param" else shares}


@pytest.fixture
def model(oracle, data, monkeypatch):
    arrays, hyper = oracle
    model = MENTOR.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
        embedding_dim=hyper["embedding_size"],
        hidden_dim=len(arrays["param/v_gcn.MLP.bias"]),
        num_ii_layers=hyper["n_mm_layers"],
        reg_weight=hyper["reg_weight"],
        align_weight=hyper["align_weight"],
        mask_weight=hyper["mask_weight_f"],
        cl_weight=hyper["mask_weight_g"],
        temperature=hyper["temp"],
        p=hyper["dropout"],
        variant="released",
    )
    model.load_state_dict(weights(arrays, "param"))
    for n, encoder in enumerate(model.noisy):
        calls = []

        def replay(x, n=n, calls=calls):
            layer, item = divmod(len(calls) % 4, 2)
            calls.append(None)
            num_users = model.num_users
            draws = [torch.from_numpy(arrays[f"noise/{4 * n + 2 * m + layer}"]) for m in range(2)]
            return torch.stack([draw[num_users:] if item else draw[:num_users] for draw in draws], dim=1)

        monkeypatch.setattr(encoder.noise, "draw", replay)
    return model


def test_the_graphs(oracle, data, near, dense_graph) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    square = dense_graph(oracle[0], "graph/norm_adj", *[num_users + num_items] * 2)
    near(data[INTERACTS].matrix.to_dense(), square[num_users:, :num_users])
    near(data[FUSED].matrix.to_dense(), dense_graph(oracle[0], "graph/mm_adj", num_items, num_items))


def test_embeddings_and_scores(model, oracle, data, near, near_outputs) -> None:
    near_outputs(model, model(data), oracle[0])
    names = {"guide": "guide", "visual": "v", "text": "t", "noisy_0": "n1", "noisy_1": "n2"}
    views = model.views(data)
    for ours, theirs in names.items():
        near(torch.cat(views[ours]), oracle[0][f"eval/result_{theirs}"])


def test_loss_terms_and_gradients(model, oracle, data, golden_problem, near_in_scale) -> None:
    arrays = oracle[0]
    terms = model.loss(data, golden_problem[1])
    names = {"bpr": "bpr", "l2": "reg", "alignment": "align", "mask": "mask_f", "cl_graph": "mask_g"}
    for ours, theirs in names.items():
        near_in_scale(terms[ours], arrays[f"train/term/{theirs}"])
    near_in_scale(sum(terms.values()), arrays["train/loss"])
    sum(terms.values()).backward()
    expected = weights(arrays, "train/grad")
    found = {name: value.grad for name, value in model.named_parameters() if value.grad is not None}
    assert set(found) == set(expected)
    largest = max(value.abs().max().item() for value in expected.values())
    for name, value in expected.items():
        torch.testing.assert_close(found[name].view_as(value), value, rtol=1e-4, atol=1e-5 * largest)


def test_their_feature_masks(model, oracle, data, golden_problem, near_in_scale, monkeypatch) -> None:
    masks = iter(torch.from_numpy(oracle[0][f"train_drop/mask_{kind}"]) for kind in ("user", "item"))
    monkeypatch.setattr("torch.nn.functional.dropout", lambda x, p, training: x * next(masks))
    terms = model.loss(data, golden_problem[1])
    near_in_scale(terms["mask"], oracle[0]["train_drop/term/mask_f"])
    near_in_scale(sum(terms.values()), oracle[0]["train_drop/loss"])


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected)), expected)
