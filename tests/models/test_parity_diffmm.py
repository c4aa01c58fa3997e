"""DiffMM against the authors' numbers: schedule, denoisers, graphs and recommender."""

import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.losses import denoising_loss, injection_loss
from pygmmrec.models import DiffMM
from pygmmrec.models.diffmm import _edge_types, _own
from pygmmrec.nn.conv.chosen_items import user_rows
from pygmmrec.typing import INTERACTS, REV_INTERACTS

MODALITIES = {"visual": "image", "text": "text"}
"""Ours to theirs, in the order of their weights."""

CONTRASTS = {"views": "cl_views", "main": "cl_main"}


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("DiffMM")


@pytest.fixture
def data(golden_problem):
    return DiffMM.pre_transform()(golden_problem[0])


@pytest.fixture
def recorded(data, oracle, dense_graph):
    """The graph of their epoch."""
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    graph = data.clone()
    for ours, theirs in MODALITIES.items():
        square = dense_graph(oracle[0], f"graph/{theirs}_adj", *[num_users + num_items] * 2)
        blocks = square[:num_users, num_users:], square[num_users:, :num_users]
        for edge_type, block in zip(_edge_types(ours), blocks, strict=True):
            row, col = block.nonzero().t()
            size = (block.size(1), block.size(0))
            adj = Adj.from_edge_index(torch.stack([col, row]), block[row, col], size=size)
            graph[edge_type].matrix, graph[edge_type].edge_index = adj, adj.edge_index
        graph["user"][_own(ours)], graph["item"][_own(ours)] = square.diagonal().split([num_users, num_items])
    return graph


def recommender(arrays, kind: str) -> dict[str, Tensor]:
    """Their weights (``param``) or gradients (``train/grad``) of the recommender in our form."""

    def at(name: str) -> Tensor:
        return torch.from_numpy(arrays[f"{kind}/model.{name}"])

    found = {
        "user_embedding.weight": at("uEmbeds"),
        "item_embedding.weight": at("iEmbeds"),
        "share": at("modal_weight"),
    }
    for ours, theirs in MODALITIES.items():
        if f"{kind}/model.{theirs}_trans" in arrays:
            found[f"bent.lins.{ours}.weight"] = at(f"{theirs}_trans").t()
        else:
            for part in ("weight", "bias"):
                found[f"straight.lins.{ours}.{part}"] = at(f"{theirs}_trans.{part}")
    return found


def denoiser(arrays, prefix: str, ours: str, num_items: int) -> dict[str, Tensor]:
    """The same of a denoiser, of ``param/denoise_image.`` or ``denoise_image/grad/``."""

    def at(name: str) -> Tensor:
        return torch.from_numpy(arrays[f"{prefix}{name}"])

    first, names = at("in_layers.0.weight"), f"denoisers.{ours}"
    return {
        f"{names}.encode": first[:, :num_items].t(),
        f"{names}.join.weight": first[:, num_items:],
        f"{names}.join.bias": at("in_layers.0.bias"),
        f"{names}.embed.weight": at("emb_layer.weight"),
        f"{names}.embed.bias": at("emb_layer.bias"),
        f"{names}.decode": at("out_layers.0.weight"),
        f"{names}.bias": at("out_layers.0.bias"),
    }


@pytest.fixture
def build(oracle, data):
    """The model with their weights, with the contrast of the main numbers or another."""
    arrays, hyper = oracle

    def make(contrast: str = list(CONTRASTS)[hyper["cl_method"]]) -> DiffMM:
        model = DiffMM.from_data(
            data,
            modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
            embedding_dim=hyper["embedding_size"],
            num_layers=hyper["gnn_layer"],
            linear=[ours for ours, name in MODALITIES.items() if f"param/model.{name}_trans" not in arrays],
            hidden_dim=hyper["dims"][0],
            step_dim=hyper["d_emb_size"],
            num_steps=hyper["steps"],
            noise_scale=hyper["noise_scale"],
            noise_low=hyper["noise_min"],
            noise_high=hyper["noise_max"],
            num_chosen=hyper["rebuild_k"],
            p_edge=1 - hyper["keepRate"],
            num_noise_steps=hyper["sampling_steps"],
            sampling_noise=hyper["sampling_noise"],
            injection_weight=hyper["e_loss"],
            chosen_weight=hyper["ris_adj_lambda"],
            residual_weight=hyper["ris_lambda"],
            contrast=contrast,
            cl_weight=hyper["ssl_reg"],
            temperature=hyper["temp"],
            reg_weight=hyper["reg"],
        )
        state = recommender(arrays, "param")
        for ours, theirs in MODALITIES.items():
            state |= denoiser(arrays, f"param/denoise_{theirs}.", ours, model.num_items)
        model.load_state_dict(state)
        return model

    return make


@pytest.fixture
def scaled(oracle, golden_problem):
    """The terms of the recommender, in which BPR is divided by the configured batch size."""
    share = len(golden_problem[1].user) / oracle[1]["train_batch_size"]

    def terms(model: DiffMM, data) -> dict[str, Tensor]:
        found = model.loss(data, golden_problem[1])
        return {"bpr": share * found["bpr"], "l2": found["l2"], "cl": found["cl"]}

    return terms


def denoising(model: DiffMM, data, arrays, ours: str, keep: Tensor | None = None) -> dict[str, Tensor]:
    """The denoiser on the recorded noise of all users, with some entries of its input dropped or none."""
    theirs, rows = MODALITIES[ours], user_rows(data[REV_INTERACTS].matrix, torch.arange(model.num_users))
    step, noise = (torch.from_numpy(arrays[f"diffusion/{name}_{theirs}"]) for name in ("t", "noise"))
    x = model.schedule.add(rows, step, noise)
    output = model.denoisers[ours](x if keep is None else x * keep * 2, step)
    view, embedding = model.features(data)[ours], model.item_embedding.weight
    weight = model.schedule.weight(step)
    meant = injection_loss(output, rows, view, embedding)
    return {
        "x_t": x,
        "output": output,
        "diff_loss": weight * (rows - output).square().mean(dim=1),
        "gc_loss": (output @ view - rows @ embedding).square().mean(dim=1),
        "loss": denoising_loss(output, rows, weight) + model.injection_weight * meant,
    }


def test_the_graph_and_the_schedule(build, oracle, data, near, near_in_scale, dense_graph) -> None:
    num_users, num_items = data["user"].num_nodes, data["item"].num_nodes
    square = dense_graph(oracle[0], "graph/adj", *[num_users + num_items] * 2)
    near(data[INTERACTS].matrix.to_dense(), square[num_users:, :num_users])
    near(1 / (1 + data[REV_INTERACTS].matrix.degree()), square.diagonal()[:num_users])
    schedule = build().schedule
    names = {
        "alpha_bar": "alphas_cumprod",
        "of_predicted": "posterior_mean_coef1",
        "of_noisy": "posterior_mean_coef2",
    }
    for ours, theirs in names.items():
        expected = torch.from_numpy(oracle[0][f"diffusion/{theirs}"])
        near_in_scale(torch.tensor(getattr(schedule, ours)).to(expected), expected, 1e-6)
    log_variance = torch.tensor(schedule.variance, dtype=torch.float64).log()
    expected = torch.from_numpy(oracle[0]["diffusion/posterior_log_variance_clipped"])
    near(log_variance.to(expected), expected)


@pytest.mark.parametrize("ours", MODALITIES)
def test_a_denoiser_its_loss_and_its_gradients(build, oracle, data, near, near_in_scale, ours) -> None:
    arrays, model, kind = oracle[0], build(), f"denoise_{MODALITIES[ours]}"
    found = denoising(model, data, arrays, ours)
    for name in ("x_t", "output"):
        near(found[name], arrays[f"{kind}/{name}"])
    for name in ("diff_loss", "gc_loss", "loss"):
        near_in_scale(found[name].to(torch.float32), arrays[f"{kind}/{name}"])
    found["loss"].backward()
    expected = denoiser(arrays, f"{kind}/grad/", ours, model.num_items)
    grads = {name: value.grad for name, value in model.named_parameters() if value.grad is not None}
    assert set(grads) == set(expected)  # none goes to the recommender
    for name, grad in grads.items():
        near_in_scale(grad, expected[name])
    if f"{kind}/drop_mask" in arrays:
        keep = torch.from_numpy(arrays[f"{kind}/drop_mask"])
        near_in_scale(denoising(model, data, arrays, ours, keep)["loss"].float(), arrays[f"{kind}/loss_drop"])


@pytest.mark.parametrize("ours", MODALITIES)
def test_ten_steps_of_a_denoiser(build, oracle, data, near_in_scale, ours) -> None:
    expected, model, losses = oracle[0][f"traj/denoise_{MODALITIES[ours]}"], build(), []
    optimizer = torch.optim.Adam(model.denoisers[ours].parameters(), lr=1e-2)
    for _ in expected:
        loss = denoising(model, data, oracle[0], ours)["loss"]
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    near_in_scale(torch.tensor(losses, dtype=torch.float64), expected)


@pytest.mark.parametrize("ours", MODALITIES)
def test_backwards_with_and_without_noise(build, oracle, data, near, monkeypatch, ours) -> None:
    arrays, model, theirs = oracle[0], build(), MODALITIES[ours]
    rows = user_rows(data[REV_INTERACTS].matrix, torch.arange(model.num_users))
    with torch.no_grad():
        near(model.schedule.reverse(model.denoisers[ours], rows), arrays[f"reverse/{theirs}"])
        if f"reverse_noisy/{theirs}" not in arrays:
            return
        num_draws = sum(name.startswith("reverse_noisy/noise_") for name in arrays)
        first, *draws = (torch.from_numpy(arrays[f"reverse_noisy/noise_{n}"]) for n in range(num_draws))
        last = torch.full((len(rows),), model.num_steps - 1)
        draws = iter(draws)
        monkeypatch.setattr(torch, "randn_like", lambda _: next(draws))
        start = model.schedule.add(rows, last, first)
        sampled = model.schedule.reverse(model.denoisers[ours], start, noisy=True)
        near(sampled, arrays[f"reverse_noisy/{theirs}"])


@pytest.mark.parametrize("ours", MODALITIES)
def test_the_items_that_are_chosen(build, oracle, data, near, dense_graph, ours) -> None:
    arrays, hyper = oracle
    assert hyper["sampling_steps"] == 0, "the draws of that are not recorded"
    assert not hyper["sampling_noise"]
    model, theirs = build().eval(), MODALITIES[ours]
    graph, num_users = model.chosen(data, ours), model.num_users
    pairs = {tuple(pair) for pair in graph.to_user.edge_index.flip(0).t().tolist()}
    assert pairs == {tuple(pair) for pair in arrays[f"graph/top_{theirs}"].T.tolist()}
    square = dense_graph(arrays, f"graph/{theirs}_full", *[num_users + model.num_items] * 2)
    near(graph.to_user.to_dense(), square[:num_users, num_users:])
    near(graph.to_item.to_dense(), square[num_users:, :num_users])
    near(torch.cat(graph.own), square.diagonal())


def test_embeddings_scores_and_views(build, oracle, recorded, near, near_outputs) -> None:
    model = build()
    near_outputs(model, model(recorded), oracle[0])
    chosen = {name: model.chosen(recorded, name) for name in MODALITIES}
    views = model.views(recorded, model.features(recorded), chosen)
    for ours, theirs in MODALITIES.items():
        near(views[ours].user, oracle[0][f"eval/view_{theirs}_user"])
        near(views[ours].item, oracle[0][f"eval/view_{theirs}_item"])


def test_loss_terms_and_gradients(build, oracle, recorded, scaled, near_in_scale) -> None:
    arrays, model = oracle[0], build()
    terms = scaled(model, recorded)
    for ours, theirs in {"bpr": "bpr", "l2": "reg", "cl": "cl"}.items():
        near_in_scale(terms[ours], arrays[f"train/term/{theirs}"])
    loss = sum(terms.values())
    near_in_scale(loss, arrays["train/loss"])
    loss.backward()
    expected = recommender(arrays, "train/grad")
    grads = {name: value.grad for name, value in model.named_parameters() if value.grad is not None}
    assert set(grads) == set(expected)  # none goes to the denoisers
    for name, grad in grads.items():
        near_in_scale(grad, expected[name])


@pytest.mark.parametrize("contrast", CONTRASTS)
def test_both_contrasts(build, oracle, recorded, scaled, near_in_scale, contrast) -> None:
    near_in_scale(scaled(build(contrast), recorded)["cl"], oracle[0][f"train/term/{CONTRASTS[contrast]}"])


def test_ten_steps_of_the_recommender(build, oracle, recorded, scaled, near_in_scale) -> None:
    expected, model, losses = oracle[0]["traj/loss"], build(), []
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in expected:
        loss = sum(scaled(model, recorded).values())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    near_in_scale(torch.tensor(losses, dtype=torch.float64), expected)
