"""MVGAE against the authors' loss, and against that of the field's common code."""

import pytest
import torch
from torch import Tensor

from pygmmrec.models import MVGAE

MODALITIES = {"visual": "v_gcn", "text": "t_gcn"}
"""Ours to theirs, in the order in which they are multiplied."""

EXPERTS = {**{f"experts.{ours}": theirs for ours, theirs in MODALITIES.items()}, "own": "c_gcn"}
TERMS = ("visual", "text", "id", "fused")
"""Their names, in the order of our beliefs."""


@pytest.fixture
def oracle(load_oracle):
    return load_oracle("MVGAE")


@pytest.fixture
def data(golden_problem):
    return MVGAE.pre_transform()(golden_problem[0])


def weights(arrays, kind: str, num_layers: int) -> dict[str, Tensor]:
    """Weights (``param``) or gradients (``author/grad``) of the experts in our form."""
    found = {}
    for ours, theirs in EXPERTS.items():

        def at(name: str, theirs: str = theirs) -> Tensor:
            return torch.from_numpy(arrays[f"{kind}/{theirs}.{name}"])

        names = {"project": "MLP"}
        for layer in range(num_layers):
            names |= {f"convs.{layer}": f"conv_embed_{layer + 1}", f"dense.{layer}": f"g_layer{layer + 1}"}
        for head, number in (("mean", 4), ("log_var", 5)):
            names |= {f"{head}.conv": f"conv_embed_{number}", f"{head}.dense": f"g_layer{number}"}
            names[f"{head}.skip"] = f"linear_layer{number}"
        for name, other in names.items():
            weight = at(f"{other}.weight")
            found[f"{ours}.{name}.weight"] = weight.t() if other.startswith("conv") else weight
            found[f"{ours}.{name}.bias"] = at(f"{other}.bias")
    return found


@pytest.fixture
def build(oracle, data):
    """The model with their weights; what they never train is frozen here as well."""
    arrays, hyper = oracle

    def make(variant: str, p: float = 0.1) -> MVGAE:
        num_layers = min(hyper["n_layers"], 2)  # their code drops the third
        model = MVGAE.from_data(
            data,
            modality_dims={name: data["item"][name].size(1) for name in MODALITIES},
            embedding_dim=hyper["embedding_size"],
            hidden_dim=hyper["dim_latent"],
            num_layers=num_layers,
            p=p,
            std=hyper["noise_scale"],
            kl_weight=hyper["beta"] if variant == "released" else 1.0,
            variant=variant,
        )
        free = {f"preference.{ours}": f"{theirs}.preference" for ours, theirs in MODALITIES.items()}
        free |= {"user_embedding.weight": "c_gcn.preference", "item_embedding.weight": "collaborative"}
        state = {ours: torch.from_numpy(arrays[f"extra/{theirs}"]) for ours, theirs in free.items()}
        model.load_state_dict({**weights(arrays, "param", num_layers), **state})
        for name, value in model.named_parameters():
            value.requires_grad_(name not in free)
        return model.eval()

    return make


@pytest.fixture
def compare(oracle, data, golden_problem, near_in_scale):
    """Comparison of loss and terms with the numbers of a kind, such as ``author``."""
    arrays = oracle[0]

    def check(model: MVGAE, kind: str) -> Tensor:
        for belief, name in zip(model.beliefs(data), TERMS, strict=True):
            near_in_scale(model.divergence(belief), arrays[f"{kind}/term/kl/{name}"])
            if not model.training:  # else each call draws
                ranking = model.ranking(belief, golden_problem[1])
                near_in_scale(ranking, arrays[f"{kind}/term/reconstruction/{name}"])
        loss = sum(model.loss(data, golden_problem[1]).values())
        near_in_scale(loss, arrays[f"{kind}/loss"])
        return loss

    return check


def test_experts_and_their_product(build, oracle, data, near) -> None:
    for belief, name in zip(build("paper").beliefs(data), ("v_", "t_", "c_", ""), strict=True):
        near(torch.cat(belief.mean), oracle[0][f"eval/{name}mu"])
        near(torch.cat(belief.log_var), oracle[0][f"eval/{name}logvar"])


def test_embeddings_and_scores(build, oracle, data, near_outputs) -> None:
    model = build("paper")
    near_outputs(model, model(data), oracle[0])


@pytest.mark.parametrize(("variant", "kind"), [("paper", "author"), ("released", "train")])
def test_loss_terms_and_gradients(build, oracle, compare, near_in_scale, variant, kind) -> None:
    model = build(variant)
    compare(model, kind).backward()
    expected = weights(oracle[0], f"{kind}/grad", model.num_layers)
    trained = {name: value for name, value in model.named_parameters() if value.requires_grad}
    assert set(trained) == set(expected)
    for name, value in trained.items():
        near_in_scale(value.grad, expected[name])


def test_recorded_noise(build, oracle, compare, monkeypatch) -> None:
    model = build("released", p=0.0).train()
    draws = []
    for name in TERMS:
        noise = torch.from_numpy(oracle[0][f"train_noise/noise/{name}"])
        draws += noise.split([model.num_users, model.num_items])
    draws = iter(draws)
    monkeypatch.setattr(torch, "randn_like", lambda _: next(draws))
    compare(model, "train_noise")
    assert not list(draws)


def test_ten_steps_of_adam(build, oracle, data, golden_problem, near_in_scale, adam_steps) -> None:
    expected = oracle[0]["traj/loss"]
    near_in_scale(adam_steps(build("released"), data, golden_problem[1], len(expected)), expected)
