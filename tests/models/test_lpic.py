"""The equations of the reconstruction on matrices of users and items; there are no others."""

from itertools import combinations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pygmmrec.losses.info_nce import info_nce_loss_ref
from pygmmrec.models import LPIC
from pygmmrec.models.lpic import Views
from pygmmrec.typing import INTERACTS, Triplets, available_key, item_edge_type

BATCH = Triplets(torch.tensor([0, 1, 1, 5]), torch.tensor([4, 0, 3, 0]), torch.tensor([1, 3, 2, 6]))
LACKING = {"m0": [], "m1": [4, 7]}
"""Items without a modality."""


@pytest.fixture
def data(toy_data):
    data = toy_data()
    data["item"][available_key("m1")] = torch.tensor([i not in LACKING["m1"] for i in range(11)])
    return LPIC.pre_transform(k=3, weights={"m0_knn": 0.3, "m1_knn": 0.7})(data)


def dense(model: LPIC, data) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
    """Users, items, and the terms of the loss."""
    known = torch.zeros(9, 11, dtype=torch.float64)
    known[data[INTERACTS].edge_index[0], data[INTERACTS].edge_index[1]] = 1
    user, item = model.user_embedding.weight, model.item_embedding.weight
    z = {}
    for name, lacking in LACKING.items():
        z[name] = data["item"][name] @ model.project.lins[name].weight.t()
        z[name] = z[name] * torch.tensor([[float(i not in lacking)] for i in range(11)])
    z["fused"] = torch.cat([z["m0"], z["m1"]], dim=1) @ model.join.weight.t()
    users, items = [], {}
    for name, feature in z.items():
        having = torch.tensor([i not in LACKING.get(name, []) for i in range(11)])
        mine = known * having
        assert mine.any(dim=1).all()
        users.append(model.prompts[name](user, mine @ feature / mine.sum(dim=1, keepdim=True)))
        gate = model.gate.gate.lins[name]
        graph = data[item_edge_type(name if name == "fused" else f"{name}_knn")].matrix.to_dense().double()
        graph = graph.matrix_power(model.num_ii_layers)
        items[name] = graph @ (item * torch.sigmoid(feature @ gate.weight.t() + gate.bias))
    adj = data[INTERACTS].matrix.to_dense().double().t()
    e_user, e_item, layers = user, item, [(user, item)]
    for _ in range(model.num_ui_layers):
        e_user, e_item = adj @ e_item, adj.t() @ e_user
        layers.append((e_user, e_item))
    e_user, e_item = (torch.stack(x).mean(dim=0) for x in zip(*layers, strict=True))

    def contrast(a: Tensor, b: Tensor, *names: str) -> Tensor:
        lacking = {i for name in names for i in LACKING.get(name, [])}
        index = torch.tensor([i for i in BATCH.pos.tolist() if i not in lacking])
        return info_nce_loss_ref(a[index], b[index], temperature=model.temperature, index=index)

    out_user, out_item = e_user + sum(users) / 3, e_item + sum(items.values()) / 3
    free = (user[BATCH.user], item[BATCH.pos], item[BATCH.neg])
    terms = {
        "bpr": F.softplus((out_user[BATCH.user] * (out_item[BATCH.neg] - out_item[BATCH.pos])).sum(1)).mean(),
        "l2": model.reg_weight * sum(x.square().sum() for x in free) / 2 / 4,
        "cl_ids": model.cl_weight * sum(contrast(e_item, x, name) for name, x in items.items()),
        "align": model.align_weight
        * sum(contrast(items[a], items[b], a, b) for a, b in combinations(items, 2)),
    }
    return out_user, out_item, terms


@pytest.mark.parametrize(("num_ui_layers", "num_ii_layers"), [(2, 1), (1, 2), (3, 0)])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(data, num_ui_layers, num_ii_layers) -> None:
    config = {"num_ui_layers": num_ui_layers, "num_ii_layers": num_ii_layers, "num_prompts": 2}
    weights = {"cl_weight": 0.7, "align_weight": 0.6, "temperature": 0.5, "reg_weight": 0.3}
    model = LPIC.from_data(data, embedding_dim=4, **config, **weights).double()
    user, item, expected = dense(model, data)
    out = model(data)
    torch.testing.assert_close(out.user, user, rtol=1e-10, atol=1e-10)
    torch.testing.assert_close(out.item, item, rtol=1e-10, atol=1e-10)
    terms = model.loss(data, BATCH)
    assert set(terms) == set(expected)
    for name, value in terms.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-10, atol=1e-10)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(sum(expected.values()), weights), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-8, atol=1e-10)


def test_an_item_of_no_modality_is_its_id(toy_data) -> None:
    data = toy_data()
    for name in ("m0", "m1"):
        data["item"][available_key(name)] = torch.arange(11) != 4
    data = LPIC.pre_transform(k=3)(data)
    model = LPIC.from_data(data, embedding_dim=4, num_ui_layers=0).double()
    torch.testing.assert_close(model(data).item[4], model.item_embedding.weight[4])
    alone = Triplets(torch.tensor([0]), torch.tensor([4]), torch.tensor([1]))
    terms = model.loss(data, alone)
    assert terms["cl_ids"] == terms["align"] == 0


def test_views_are_the_modalities_and_their_joint_view(data) -> None:
    model = LPIC.from_data(data, embedding_dim=4).double()
    views = model.views(data)
    assert isinstance(views, Views)
    assert list(views.users) == list(views.items) == ["m0", "m1", "fused"]
    mean = torch.stack(list(views.items.values())).mean(dim=0)
    torch.testing.assert_close(model(data).item, views.ids.item + mean)


def test_it_says_what_it_is() -> None:
    assert "reconstruction, unverified" in (LPIC.__doc__ or "")


def test_wrong_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match=r"'modality_dims' needs to be without 'fused' in 'LPIC'"):
        LPIC(2, 3, {"fused": 4})
    with pytest.raises(ValueError, match="'temperature' needs to be positive in 'LPIC'"):
        LPIC(2, 3, {"m0": 4}, temperature=0.0)
    with pytest.raises(ValueError, match="'num_prompts' needs to be at least 1"):
        LPIC(2, 3, {"m0": 4}, num_prompts=0)
