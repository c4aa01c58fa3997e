import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models import LGMRec
from pygmmrec.typing import INTERACTS, Triplets, available_key

NUM_USERS, NUM_ITEMS = 9, 11
VARIANTS = ["paper", "released"]
BATCH = Triplets(torch.tensor([0, 1, 1, 5, 8]), torch.tensor([2, 0, 2, 7, 10]), torch.tensor([1, 3, 4, 0, 6]))
"""Users and items repeat; the last modality is one that items 2 and 5 lack."""


def graph(toy_data, num_modalities: int = 2, *, masked: bool = True) -> HeteroData:
    data = toy_data(num_modalities=num_modalities)
    if masked:
        available = torch.ones(NUM_ITEMS, dtype=torch.bool)
        available[[2, 5]] = False
        data["item"][available_key(f"m{num_modalities - 1}")] = available
    return LGMRec.pre_transform()(data)


def build(data: HeteroData, **config) -> LGMRec:
    quiet = {"embedding_dim": 4, "num_hyperedges": 3, "noise": "never", "p": 0.0}
    return LGMRec.from_data(data, **{**quiet, **config}).double()


def unit(x: Tensor) -> Tensor:
    length = x.norm(dim=1, keepdim=True)
    return x / length.masked_fill(length == 0, 1)


def having(data: HeteroData, name: str) -> Tensor:
    return data["item"].get(available_key(name), torch.ones(NUM_ITEMS, dtype=torch.bool))


def dense(model: LGMRec, data: HeteroData) -> tuple[Tensor, dict[str, Tensor]]:
    """What is scored, users above items, and the global part of each modality, with every matrix whole."""
    user, item = data[INTERACTS].edge_index
    known = torch.zeros(NUM_USERS, NUM_ITEMS, dtype=torch.float64)
    known[user, item] = 1
    square = torch.zeros(NUM_USERS + NUM_ITEMS, NUM_USERS + NUM_ITEMS, dtype=torch.float64)
    square[:NUM_USERS, NUM_USERS:], square[NUM_USERS:, :NUM_USERS] = known, known.t()
    root = square.sum(1).rsqrt()
    square = root[:, None] * square * root
    layers = [torch.cat([model.user_embedding.weight, model.item_embedding.weight])]
    for _ in range(model.num_ui_layers):
        layers.append(square @ layers[-1])
    c = torch.stack(layers).mean(0)
    out, q = c, {}
    for name in model.modality_dims:
        has = having(data, name).double()
        f = has[:, None] * (data["item"][name] @ model.project.lins[name].weight.t())
        mine = known * has
        start = torch.cat([mine @ f / mine.sum(1, keepdim=True).clamp(min=1), f])
        out = out + unit(torch.linalg.matrix_power(square, model.num_mm_layers) @ start)
        logit = has[:, None] * (data["item"][name] @ model.incidence.project.lins[name].weight.t())
        of_item = has[:, None] * torch.softmax(logit / model.hyper_temperature, dim=1)
        of_user = torch.softmax(known @ logit / model.hyper_temperature, dim=1)
        items = torch.linalg.matrix_power(of_item @ of_item.t(), model.num_hyper_layers - 1) @ c[NUM_USERS:]
        q[name] = torch.cat([of_user, of_item]) @ of_item.t() @ items
    return out + model.alpha * unit(sum(q.values())), q


def contrast(model: LGMRec, a: Tensor, b: Tensor, nodes: Tensor, among: Tensor) -> Tensor:
    nodes = nodes[among[nodes]]
    logits = (unit(a) @ unit(b).t() / model.temperature)[nodes].masked_fill(~among, -torch.inf)
    return F.cross_entropy(logits, nodes, reduction="sum")


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    ("num_modalities", "layers"), [(1, (2, 2, 1)), (2, (2, 2, 1)), (3, (0, 1, 3)), (2, (3, 0, 2))]
)
def test_embeddings_loss_and_gradients_are_the_dense_formulas(
    toy_data, variant, masked, num_modalities, layers
) -> None:
    data = graph(toy_data, num_modalities, masked=masked)
    config = dict(zip(("num_ui_layers", "num_mm_layers", "num_hyper_layers"), layers, strict=True))
    weights = {"cl_weight": 0.2, "reg_weight": 0.1, "alpha": 0.7}
    model = build(data, temperature=0.5, hyper_temperature=0.6, variant=variant, **weights, **config)
    out, q = dense(model, data)
    torch.testing.assert_close(torch.cat(model(data)), out, rtol=1e-6, atol=1e-6)

    user, item = out.split([NUM_USERS, NUM_ITEMS])
    rows = user[BATCH.user], item[BATCH.pos], item[BATCH.neg]
    expected = {"bpr": F.softplus((rows[0] * (rows[2] - rows[1])).sum(1)).mean()}
    if variant == "paper":
        free = model.item_embedding.weight
        rows = model.user_embedding.weight[BATCH.user], free[BATCH.pos], free[BATCH.neg]
        expected["l2"] = 0.1 * sum(x.pow(2).sum() for x in rows) / 2 / 5
    else:
        expected["l2"] = 0.1 * sum(x.norm() for x in rows) / 5
    pairs = [(a, b) for a in q for b in q if a < b]
    if pairs:
        everyone = torch.ones(NUM_USERS, dtype=torch.bool)
        users = [contrast(model, q[a][:9], q[b][:9], BATCH.user, everyone) for a, b in pairs]
        items = [
            contrast(model, q[a][9:], q[b][9:], BATCH.pos, having(data, a) & having(data, b))
            for a, b in pairs
        ]
        expected["cl_user"] = 0.2 * torch.stack(users).mean()
        expected["cl_item"] = 0.2 * torch.stack(items).mean()
    terms = model.loss(data, BATCH)
    assert list(terms) == list(expected)
    for name, value in terms.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-6, atol=1e-6)
    parameters = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), parameters)
    for left, right in zip(actual, torch.autograd.grad(sum(expected.values()), parameters), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-6)


def test_no_weight_no_contrast(toy_data) -> None:
    data = graph(toy_data)
    assert list(build(data, cl_weight=0.0).loss(data, BATCH)) == ["bpr", "l2"]


def test_a_batch_whose_items_lack_a_modality_has_no_contrast_of_items(toy_data) -> None:
    data = graph(toy_data)
    model = build(data)
    terms = model.loss(data, Triplets(BATCH.user[:2], torch.tensor([2, 5]), BATCH.neg[:2]))
    assert terms["cl_item"].item() == 0 < terms["cl_user"].item()


def test_noise_and_dropout_are_of_training_only_but_for_the_released_noise(toy_data) -> None:
    data = graph(toy_data)
    for config in ({"noise": None}, {"p": 0.5}):
        model = build(data, **config)
        assert not torch.equal(model(data).user, model(data).user)
        model.eval()
        quiet = build(data).eval()
        quiet.load_state_dict(model.state_dict())
        assert torch.equal(model(data).user, quiet(data).user)
    released = build(data, noise=None, variant="released").eval()
    assert not torch.equal(released(data).user, released(data).user)
    silenced = build(data, noise="training", variant="released").eval()
    assert torch.equal(silenced(data).user, silenced(data).user)


def test_training_with_noise_and_dropout_learns(toy_data) -> None:
    data = graph(toy_data, masked=False)
    model = LGMRec.from_data(data, embedding_dim=6).double()
    user, item = data[INTERACTS].edge_index
    batch = Triplets(user, item, (item + 5) % NUM_ITEMS)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    reached = {name: torch.zeros_like(value) for name, value in model.named_parameters()}
    losses = []
    for _ in range(60):
        optimizer.zero_grad()
        terms = model.loss(data, batch)
        sum(terms.values()).backward()
        optimizer.step()
        losses.append(terms["bpr"].item())
        for name, value in model.named_parameters():
            reached[name] += value.grad.abs()
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])
    assert [name for name, value in reached.items() if not value.ne(0).all()] == []


def test_defaults_are_those_of_the_paper() -> None:
    table = {"embedding_dim": 64, "num_ui_layers": 2, "num_mm_layers": 2, "num_hyper_layers": 1}
    table |= {"num_hyperedges": 4, "p": 0.5, "alpha": 0.3, "hyper_temperature": 0.2, "noise": None}
    weights = {"cl_weight": 1e-4, "temperature": 0.2, "reg_weight": 1e-6, "variant": "paper"}
    assert {**table, **weights}.items() <= LGMRec(3, 4, {"image": 16}).config.items()


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"variant": "mine"}, r"'variant' needs to be one of .* in 'LGMRec' \(got 'mine'\)"),
        ({"temperature": 0.0}, "'temperature' needs to be positive in 'LGMRec'"),
        ({"hyper_temperature": 0.0}, "'hyper_temperature' needs to be positive in 'LGMRec'"),
        ({"noise": "mine"}, "'noise' needs to be one of"),
        ({"p": 1.0}, r"'p' needs to be in \[0, 1\) in"),
        ({"num_hyperedges": 0}, "'num_hyperedges' needs to be at least 1"),
        ({"num_hyper_layers": 0}, "'num_layers' needs to be at least 1"),
        ({"num_ui_layers": -1}, "'num_ui_layers' needs to be at least 0 in 'LGMRec'"),
        ({"num_mm_layers": -1}, "'num_mm_layers' needs to be at least 0 in 'LGMRec'"),
    ],
)
def test_wrong_arguments_are_errors(config, message) -> None:
    with pytest.raises(ValueError, match=message):
        LGMRec(2, 3, {"m0": 4}, **config)
