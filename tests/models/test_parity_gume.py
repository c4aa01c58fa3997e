"""GUME against the authors' numbers."""

import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.losses import info_nce_loss
from pygmmrec.models import GUME
from pygmmrec.transforms.extended_graph import EXTENDED
from pygmmrec.typing import INTERACTS, REV_INTERACTS, item_edge_type

MODALITIES = {"visual": "image", "text": "text"}
"""Ours to theirs."""

NAMES = {
    "user_embedding.weight": "user_embedding.weight",
    "item_embedding.weight": "item_id_embedding.weight",
    "fuse.key": "separate_coarse.0",
}
for ours, theirs in MODALITIES.items():
    NAMES[f"project.lins.{ours}"] = f"{theirs}_reduce_dim"
    NAMES[f"purify.gate.lins.{ours}"] = f"{theirs}_trans_dim.0"
    NAMES[f"fuse.gates.{ours}"] = f"{theirs}_behavior.0"
"""Ours to theirs; prefixes stand for weight and bias."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("GUME")


@pytest.fixture
def data(golden_problem, oracle):
    """The graph, whose raw features are trained, as in the authors' code."""
    arrays, hyper = oracle
    data = GUME.pre_transform(hyper["knn_k"])(golden_problem[0])
    for ours, theirs in MODALITIES.items():
        features = torch.from_numpy(arrays[f"param/{theirs}_embedding.weight"])
        data["item"][ours] = features.clone().requires_grad_()
    return data


def weights(arrays, kind: str, renamed) -> dict[str, Tensor]:
    """Their weights (``param``) or gradients by our names."""
    found = renamed(arrays, NAMES, kind)
    found["fuse.query"] = torch.from_numpy(arrays[f"{kind}/separate_coarse.2.weight"]).flatten()
    for ours, theirs in MODALITIES.items():
        found[f"interest.{ours}"] = torch.from_numpy(arrays[f"{kind}/extended_{theirs}_user.weight"])
    return found


@pytest.fixture
def model(oracle, data, golden_problem, renamed, monkeypatch) -> GUME:
    """With their noise in each step, of which the batch's rows are read."""
    arrays, hyper = oracle
    batch = golden_problem[1]
    # Theirs divides by the batch size of the settings, and ours by the batch's.
    share = len(batch.user) / hyper["train_batch_size"]
    model = GUME.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
        embedding_dim=hyper["embedding_size"],
        num_ui_layers=hyper["n_ui_layers"],
        num_ii_layers=hyper["n_layers"],
        reg_weight=hyper["reg_weight_1"] * share,
        interest_weight=hyper["reg_weight_2"] * share,
        align_weight=hyper["vt_loss"],
        bm_weight=hyper["bm_loss"],
        bm_temperature=hyper["bm_temp"],
        um_weight=hyper["um_loss"],
        um_temperature=hyper["um_temp"],
    )
    model.load_state_dict(weights(arrays, "param", renamed))
    calls = []

    def replay(x: Tensor) -> Tensor:
        calls.append(None)
        return torch.from_numpy(arrays[f"noise/{(len(calls) - 1) % 4}"])[batch.user]

    monkeypatch.setattr(model.noise, "draw", replay)
    return model


def test_the_graphs(oracle, data, near, dense_graph) -> None:
    arrays, _ = oracle
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    square = dense_graph(arrays, "graph/norm_adj", *[num_users + num_items] * 2)
    near(data[INTERACTS].matrix.to_dense(), square[num_users:, :num_users])
    near(data[REV_INTERACTS].matrix.to_dense(), square[:num_users, num_users:])
    near(data[EXTENDED].matrix.to_dense(), square[num_users:, num_users:])
    added = dense_graph(arrays, "graph/ii_adj", num_items, num_items)
    near((data[EXTENDED].matrix.to_dense() != 0).float(), (added != 0).float())
    for ours, theirs in MODALITIES.items():
        graph = data[item_edge_type(f"{ours}_knn")].matrix
        near(graph.to_dense(), dense_graph(arrays, f"graph/{theirs}_original_adj", num_items, num_items))


def test_embeddings_and_scores(model, oracle, data, near, near_outputs) -> None:
    arrays, _ = oracle
    users, items, extended, interest, joined = model.views(data)
    for ours, theirs in MODALITIES.items():
        near(torch.cat([users[ours], items[ours]]), arrays[f"eval/explicit_{theirs}_embeds"])
    near(torch.cat(extended), arrays["eval/extended_id_embeds"])
    near(torch.cat(interest), arrays["eval/extended_it_embeds"])
    near(torch.cat(joined), arrays["eval/integration_embeds"])
    near_outputs(model, model(data), arrays)


def test_loss_terms_and_gradients(model, oracle, data, golden_problem, near_in_scale, renamed) -> None:
    arrays, _ = oracle
    terms = model.loss(data, golden_problem[1])
    names = {"bpr": "bpr", "l2": "reg_1", "l2_interest": "reg_2", "alignment": "align_vt"}
    for ours, theirs in {**names, "cl_modality": "bm", "cl_interest": "um"}.items():
        near_in_scale(terms[ours], arrays[f"train/term/{theirs}"])
    near_in_scale(sum(terms.values()), arrays["train/loss"])
    sum(terms.values()).backward()
    expected = weights(arrays, "train/grad", renamed)
    found = {name: value.grad for name, value in model.named_parameters()}
    for ours, theirs in MODALITIES.items():
        found[ours] = data["item"][ours].grad
        expected[ours] = torch.from_numpy(arrays[f"train/grad/{theirs}_embedding.weight"])
    assert set(found) == set(expected)
    largest = max(value.abs().max().item() for value in expected.values())
    for name, value in expected.items():  # single ones are rounding noise
        torch.testing.assert_close(found[name].view_as(value), value, rtol=1e-4, atol=1e-5 * largest)


def test_the_parts_of_the_contrast_of_users(model, oracle, data, golden_problem, near_in_scale) -> None:
    arrays, user = oracle[0], golden_problem[1].user
    _, _, _, interest, joined = model.views(data)
    n, t = joined.user[user], interest.user[user]
    noise = [0.1 * unit_rows(torch.from_numpy(arrays[f"noise/{q}"])[user]) for q in range(4)]
    pairs = {
        "um_cross": (t, n),
        "um_noise_1": (n + n.sign() * noise[0], n + n.sign() * noise[1]),
        "um_noise_2": (t + t.sign() * noise[2], t + t.sign() * noise[3]),
    }
    for name, (x, y) in pairs.items():
        near_in_scale(info_nce_loss(x, y, temperature=model.um_temperature), arrays[f"train/term/{name}"])


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected, features = oracle[0]["traj/loss"], [data["item"][name] for name in MODALITIES]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected), features), expected)
