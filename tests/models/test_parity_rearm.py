"""REARM against the authors' numbers."""

import pytest
import torch
from torch import Tensor

from pygmmrec.losses import info_nce_loss, orthogonality_loss
from pygmmrec.models import REARM
from pygmmrec.models.rearm import ALIKE_ITEMS, ALIKE_USERS
from pygmmrec.transforms import FuseItemGraphs, FuseUserGraphs, ToAdj
from pygmmrec.transforms.item_co_graph import ITEM_CO
from pygmmrec.transforms.rewire import rewire
from pygmmrec.typing import INTERACTS, PROFILES, USER_GRAPH

MODALITIES = {"visual": "image", "text": "text"}
"""Ours to theirs, in the order of their parts."""

ATTENTION = {
    "within.visual": "self_i_attn1",
    "within.text": "self_i_attn2",
    "between.visual": "mutual_i_attn1",
    "between.text": "mutual_i_attn2",
}


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("REARM")


@pytest.fixture
def data(golden_problem, oracle):
    """With what users and items have in common as recorded, and raw features that train."""
    arrays, hyper = oracle
    shares = {kind: hyper[f"{kind}_mm_image_weight"] for kind in "ui"}
    weights = {kind: {"visual_knn": w, "text_knn": 1 - w} for kind, w in shares.items()}
    data = REARM.pre_transform(
        k=hyper["item_knn_k"],
        user_k=hyper["user_knn_k"],
        weights=weights["i"],
        user_weights=weights["u"],
    )(golden_problem[0])
    of = (("item", FuseItemGraphs, "ii", ITEM_CO), ("user", FuseUserGraphs, "uu", USER_GRAPH))
    for node_type, fuse, pair, edge_type in of:
        indices, values = (
            torch.from_numpy(arrays[f"graph/{node_type}_co_graph/{x}"]) for x in ("indices", "values")
        )
        rewire(data[edge_type], edge_index=indices.flip(0), edge_weight=values)  # theirs: row, column
        share = hyper[f"{pair}_co_weight"]
        content = (1 - share) / hyper[f"{node_type}_knn_k"]
        fused = {"content": content, "co_interacts": share}
        data = ToAdj()(fuse(fused, name="alike")(data))
    for ours, theirs in MODALITIES.items():
        features = torch.from_numpy(arrays[f"param/{theirs}_embedding.weight"])
        data["item"][ours] = features.clone().requires_grad_()
    return data


def weights(arrays, kind: str) -> dict[str, Tensor]:
    """Their weights (``param``) or gradients (``train/grad``) in our form."""

    def at(name: str) -> Tensor:
        return torch.from_numpy(arrays[f"{kind}/{name}"])

    found = {
        "user_embedding.weight": at("user_id_embedding.weight"),
        "item_embedding.weight": at("item_id_embedding.weight"),
        "relate.norm.weight": at("ly_norm.weight"),
        "relate.norm.bias": at("ly_norm.bias"),
        "relate.activate.weight": at("prl.weight"),
    }
    for ours, theirs in ATTENTION.items():
        inner, outer = at(f"{theirs}.in_proj_weight").flatten(), at(f"{theirs}.out_proj.weight").flatten()
        found[f"relate.{ours}.weight"] = torch.cat([inner, outer])
        found[f"relate.{ours}.bias"] = at(f"{theirs}.in_proj_bias")[:1]  # that of queries
    for ours, theirs in MODALITIES.items():
        found[f"project.lins.{ours}.weight"] = at(f"{theirs}_i_trs.weight")
        found[f"project.lins.{ours}.bias"] = at(f"{theirs}_i_trs.bias")
        found[f"user_project.lins.{ours}.weight"] = at(f"{theirs}_u_trs.weight")
        found[f"user_bias.{ours}"] = at(f"{theirs}_u_trs.bias")
    for side in ("user", "item"):
        for ours, theirs in {"first": f"mlp_{side[0]}1", "second": f"mlp_{side[0]}2"}.items():
            found[f"{side}_share.{ours}.1.weight"] = at(f"{theirs}.prl.weight")
            for part in ("weight", "bias"):
                found[f"{side}_share.{ours}.0.{part}"] = at(f"{theirs}.linear_pre.{part}")
                found[f"{side}_share.{ours}.2.{part}"] = at(f"{theirs}.linear_out.{part}")
        for part in ("weight", "bias"):
            if f"{kind}/meta_net{side[0]}.{part}" in arrays:
                found[f"{side}_share.compress.{part}"] = at(f"meta_net{side[0]}.{part}")
    return found


@pytest.fixture
def model(oracle, data) -> REARM:
    """Users keep the recorded mean features, as in their code, while those of items train."""
    arrays, hyper = oracle
    model = REARM.from_data(
        data,
        modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
        embedding_dim=hyper["embedding_size"],
        num_layers=hyper["num_layer"],
        num_ii_layers=hyper["n_ii_layers"],
        num_uu_layers=hyper["n_uu_layers"],
        rank=hyper["rank"],
        p_self=hyper["s_drop"],
        p_mutual=hyper["m_drop"],
        cl_weight=hyper["cl_loss_weight"],
        orth_weight=hyper["diff_loss_weight"],
        temperature=hyper["cl_tmp"],
        variant="released",
    )
    model.load_state_dict(weights(arrays, "param"))
    mean = {ours: torch.from_numpy(arrays[f"extra/user_{theirs}_prefer"]) for ours, theirs in
            zip(MODALITIES, "vt", strict=True)}  # fmt: skip

    def user_features(_):
        return {name: x + model.user_bias[name] for name, x in model.user_project(mean).items()}

    model.user_features = user_features
    return model


def test_the_graphs(golden_problem, oracle, data, near, dense_graph) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    square = dense_graph(oracle[0], "graph/norm_adj", *[num_users + num_items] * 2)
    near(data[INTERACTS].matrix.to_dense(), square[num_users:, :num_users])
    sides = (("item", "i", ALIKE_ITEMS, num_items), ("user", "u", ALIKE_USERS, num_users))
    for node_type, side, edge_type, size in sides:
        content = data[node_type, "content", node_type].matrix.to_dense() / oracle[1][f"{node_type}_knn_k"]
        near(content, dense_graph(oracle[0], f"graph/{side}_mm_adj", size, size))
        near(
            data[edge_type].matrix.to_dense(),
            dense_graph(oracle[0], f"graph/stre_{side * 2}_graph", size, size),
        )


def test_the_features_of_users_are_means(oracle, data, near) -> None:
    items = data[PROFILES].matrix
    model = REARM.from_data(data, embedding_dim=4)
    for ours, theirs in zip(MODALITIES, "vt", strict=True):
        mean = items.to_dense() @ data["item"][ours] / items.degree().clamp(min=1)[:, None]
        near(mean, oracle[0][f"extra/user_{theirs}_prefer"])
        projected = mean @ model.user_project.lins[ours].weight.t()
        near(model.user_features(data)[ours], projected.detach())


def test_embeddings_and_scores(model, oracle, data, near, near_outputs) -> None:
    model.eval()
    near_outputs(model, model(data), oracle[0])
    near(torch.cat(model.propagate(data)[0]), oracle[0]["eval/fin_feat_prefer"])


def test_loss_terms_and_gradients(model, oracle, data, golden_problem, near_in_scale, near_gradients) -> None:
    arrays, batch = oracle[0], golden_problem[1]
    terms = model.loss(data, batch)
    for ours, theirs in {"bpr": "bpr", "cl": "cl", "orth": "diff"}.items():
        near_in_scale(terms[ours], arrays[f"train/term/{theirs}"])
    content = model.propagate(data)[0]
    item = torch.cat(batch[1:]).unique()
    sides = {"item": (content.item, item, batch.pos), "user": (content.user, batch.user.unique(), batch.user)}
    for side, (x, every, some) in sides.items():
        one, other = x.chunk(2, dim=1)
        contrast = info_nce_loss(one[every], other[every], temperature=model.temperature)
        near_in_scale(contrast, arrays[f"train/term/cl_{side}"])
        near_in_scale(orthogonality_loss(one[some], other[some]), arrays[f"train/term/diff_{side}"])
    loss = sum(terms.values())
    near_in_scale(loss, arrays["train/loss"])
    loss.backward()
    expected = weights(arrays, "train/grad")
    trained = {name: value for name, value in model.named_parameters() if value.requires_grad}
    assert set(trained) == set(expected)
    for name, value in trained.items():
        near_in_scale(value.grad, expected[name])
    for ours, theirs in MODALITIES.items():
        near_in_scale(data["item"][ours].grad, arrays[f"train/grad/{theirs}_embedding.weight"])


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected, features = oracle[0]["traj/loss"], [data["item"][name] for name in MODALITIES]
    near_in_scale(adam_steps(model, data, golden_problem[1], len(expected), features), expected)


def test_ten_steps_of_their_own_optimiser(model, oracle, data, golden_problem, near_in_scale) -> None:
    expected, losses = oracle[0]["traj/loss_adamw"], []
    features = [data["item"][name] for name in MODALITIES]
    decay = oracle[1]["reg_weight"]
    optimizer = torch.optim.AdamW([*model.parameters(), *features], lr=1e-2, weight_decay=decay)
    for _ in expected:
        loss = sum(model.loss(data, golden_problem[1]).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    near_in_scale(torch.tensor(losses, dtype=torch.float64), expected)
