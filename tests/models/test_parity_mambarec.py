"""MambaRec against the released code's numbers."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.losses import bpr_loss, info_nce_loss, l2_loss
from pygmmrec.models import MambaRec
from pygmmrec.nn import DREAM
from pygmmrec.typing import INTERACTS, REV_INTERACTS, item_edge_type

MODALITIES = {"visual": "image", "text": "text"}
"""Ours to theirs."""

NAMES = {
    "user_embedding.weight": "user_embedding.weight",
    "item_embedding.weight": "item_id_embedding.weight",
    "reduce.hidden.visual": "image_reduce",
    "reduce.lins.visual": "image_trs",
    "reduce.lins.text": "text_trs",
    "norm": "norm",
    "multi_view.purify.gate.lins.visual": "gate_v.0",
    "multi_view.purify.gate.lins.text": "gate_t.0",
    "multi_view.fuse.key": "query_common.0",
    "multi_view.fuse.gates.visual": "gate_image_prefer.0",
    "multi_view.fuse.gates.text": "gate_text_prefer.0",
}
"""Ours to theirs, where weights have the same form; prefixes stand for weight and bias."""

BRANCHES = [(f"branch{b}.0", f"branch{b}.1") for b in (1, 2, 3, 4)] + [("branch5_conv", "branch5_bn")]
"""Convolution and normalisation of each of DREAM's branches."""


def taps(weight: Tensor, layout: str) -> Tensor:
    """The taps of a 3 × 3 kernel that a layout has."""
    return {"nodes": weight[:, :, 1, 1], "tokens": weight[:, :, 1], "maps": weight}[layout]


def norms(layout: str) -> dict[str, list[tuple[str, str]]]:
    """Our normalisations, and their convolutions and normalisations."""
    if layout == "nodes":
        return {"scales.norm": BRANCHES, "norm": [("conv_cat.0", "conv_cat.1")]}
    return {
        "scales.norm": BRANCHES[:4],
        "scales.pooled_norm": BRANCHES[4:],
        "norm": [("conv_cat.0", "conv_cat.1")],
    }


def dream_weights(arrays, prefix: str, layout: str) -> dict[str, Tensor]:
    """Their weights, or gradients, of a DREAM in our form, which has no bias ahead of a normalisation."""

    def at(name: str) -> Tensor:
        return torch.from_numpy(arrays[prefix + name])

    gates = [at(f"fusion.{name}.weight").flatten() for name in ("channel.fc", "spatial.Conv1x1")]
    found = {
        "scales.point": at("branch1.0.weight").flatten(1),
        "scales.dilated": torch.stack([taps(at(f"branch{b}.0.weight"), layout) for b in (2, 3, 4)]),
        "scales.pooled": at("branch5_conv.weight").flatten(1),
        "attention.weight": torch.stack(gates),
        "weight": at("conv_cat.0.weight").flatten(1),
    }
    for name, branches in norms(layout).items():
        for part in ("weight", "bias"):
            found[f"{name}.{part}"] = torch.cat([at(f"{norm}.{part}") for _, norm in branches])
    return found


def dream_statistics(arrays, theirs: str, layout: str, kind: str = "param") -> dict[str, Tensor]:
    """Their running statistics in our form, whose means are those ahead of their biases."""

    def at(kind: str, name: str) -> Tensor:
        return torch.from_numpy(arrays[f"{kind}/dream_{theirs}.{name}"])

    found = {}
    for name, branches in norms(layout).items():
        means = [at(kind, f"{norm}.running_mean") - at("param", f"{conv}.bias") for conv, norm in branches]
        found[f"{name}.running_mean"] = torch.cat(means)
        found[f"{name}.running_var"] = torch.cat([at(kind, f"{norm}.running_var") for _, norm in branches])
    return found


def load(module: torch.nn.Module, state: dict[str, Tensor]) -> None:
    keys = module.load_state_dict(state, strict=False)
    assert not keys.unexpected_keys
    assert all(name.endswith("num_batches_tracked") for name in keys.missing_keys)


def weights(arrays, kind: str, renamed) -> dict[str, Tensor]:
    """All their weights (``param``) or gradients (``train/grad``) in our form."""
    query = torch.from_numpy(arrays[f"{kind}/query_common.2.weight"]).flatten()
    found = {"multi_view.fuse.query": query, **renamed(arrays, NAMES, kind)}
    for ours, theirs in MODALITIES.items():
        found |= {
            f"dream.{ours}.{name}": value
            for name, value in dream_weights(arrays, f"{kind}/dream_{theirs}.", "nodes").items()
        }
    return found


@pytest.fixture(scope="module")
def oracle(load_oracle):
    return load_oracle("MambaRec")


@pytest.fixture
def data(golden_problem, oracle) -> HeteroData:
    """The graph, whose raw features are trained, as in the released code."""
    arrays, hyper = oracle
    data = MambaRec.pre_transform(k=hyper["knn_k"])(golden_problem[0])
    for ours, theirs in MODALITIES.items():
        data["item"][ours] = (
            torch.from_numpy(arrays[f"param/{theirs}_embedding.weight"]).clone().requires_grad_()
        )
    return data


@pytest.fixture
def model(oracle, data, golden_problem, renamed) -> MambaRec:
    arrays, hyper = oracle
    batch_size = len(golden_problem[1].user)
    model = MambaRec.from_data(
        data,
        embedding_dim=hyper["embedding_size"],
        num_ui_layers=hyper["n_ui_layers"],
        num_ii_layers=hyper["n_layers"],
        reduction={"visual": hyper["reduction_factor"]},
        mmd_weight=hyper["mmd_weight"],
        bandwidth=hyper["mmd_kernel_bandwidth"],
        cl_weight=hyper["cl_loss"],
        # Theirs divides by the batch size of the settings, and ours by the batch's.
        reg_weight=hyper["reg_weight"] * batch_size / hyper["train_batch_size"],
        variant="released",
    )
    state = weights(arrays, "param", renamed)
    for ours, theirs in MODALITIES.items():
        statistics = dream_statistics(arrays, theirs, "nodes")
        state |= {f"dream.{ours}.{name}": value for name, value in statistics.items()}
    load(model, state)
    return model


def test_the_graphs(oracle, data, near, dense_graph) -> None:
    arrays, _ = oracle
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    between = dense_graph(arrays, "graph/R", num_users, num_items)
    near(data[INTERACTS].matrix.to_dense(), between.t())
    near(data[REV_INTERACTS].matrix.to_dense(), between)
    for ours, theirs in MODALITIES.items():
        graph = data[item_edge_type(f"{ours}_knn")].matrix
        near(graph.to_dense(), dense_graph(arrays, f"graph/{theirs}_original_adj", num_items, num_items))


def test_embeddings_and_scores(model, oracle, data, near, near_outputs) -> None:
    arrays, _ = oracle
    model.eval()
    e, s = model.views(data, model.features(data))
    near(torch.cat(e), arrays["eval/content_embeds"])
    near(torch.cat(s), arrays["eval/side_embeds"])
    near_outputs(model, model(data), arrays)


def test_loss_gradients_and_running_statistics(
    model, oracle, data, golden_problem, near, near_gradients, renamed
) -> None:
    arrays, _ = oracle
    loss = sum(model.loss(data, golden_problem[1]).values())
    near(loss, arrays["train/loss"])
    loss.backward()
    near_gradients(model, weights(arrays, "train/grad", renamed), each=near)
    for ours, theirs in MODALITIES.items():
        near(data["item"][ours].grad, arrays[f"train/grad/{theirs}_embedding.weight"])
    # We have no biases ahead of a normalisation, which no gradient reaches.
    unreachable = [k for k in arrays if k.startswith("train/grad/dream") and ".0.bias" in k]
    assert all(np.abs(arrays[name]).max() < 1e-6 for name in unreachable)
    with torch.no_grad():
        model(data)  # theirs runs DREAM twice a step
    for ours, theirs in MODALITIES.items():
        state = model.dream[ours].state_dict()
        for name, value in dream_statistics(arrays, theirs, "nodes", "train/buffers_after").items():
            near(state[name], value)


def test_ten_steps_of_adam(model, oracle, data, golden_problem, near, adam_steps) -> None:
    expected, features = oracle[0]["traj/loss"], [data["item"][name] for name in MODALITIES]
    near(adam_steps(model, data, golden_problem[1], len(expected), features), expected)


@pytest.mark.parametrize(
    ("layout", "case"), [("nodes", "dream_eval"), ("tokens", "dream3d_eval"), ("maps", "dream4d_eval")]
)
def test_dream_alone_in_evaluation(oracle, layout, case, near) -> None:
    arrays, _ = oracle
    x = torch.from_numpy(arrays[f"unit/{case.replace('eval', 'in')}"])
    module = DREAM(arrays["unit/dream_in"].shape[1], layout=layout, variant="released")
    statistics = dream_statistics(arrays, "image", layout)
    load(module, {**dream_weights(arrays, "param/dream_image.", layout), **statistics})
    expected = torch.from_numpy(arrays[f"unit/{case}"])
    if layout == "tokens":
        expected = expected.squeeze(2).transpose(1, 2)  # [N, C, 1, T] -> [N, T, C]
    near(module.eval()(x), expected)


def test_dream_alone_in_training(oracle, near) -> None:
    arrays, _ = oracle
    module = DREAM(arrays["unit/dream_in"].shape[1], variant="released")
    statistics = dream_statistics(arrays, "image", "nodes")
    load(module, {**dream_weights(arrays, "param/dream_image.", "nodes"), **statistics})
    near(module(torch.from_numpy(arrays["unit/dream_in"])), arrays["unit/dream_train"])


def test_losses_alone(oracle, near) -> None:
    arrays, hyper = oracle
    x, y = torch.from_numpy(arrays["unit/x"]), torch.from_numpy(arrays["unit/y"])
    near(info_nce_loss(x, y, temperature=0.2), arrays["unit/infonce_t0.2"])
    near(bpr_loss((x * y).sum(-1), (x * x.flip(0)).sum(-1)), arrays["unit/bpr_mf"])
    l2 = hyper["reg_weight"] * l2_loss(x, y, x.flip(0), reduction="sum") / hyper["train_batch_size"]
    near(l2, arrays["unit/bpr_reg"])
