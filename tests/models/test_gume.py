import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import GUME
from pygmmrec.transforms.extended_graph import EXTENDED
from pygmmrec.typing import INTERACTS, Triplets, available_key, item_edge_type

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))
NAMES = ("m0", "m1")


@pytest.fixture
def data(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return GUME.pre_transform(k=5)(data)


def linear(lin: torch.nn.Linear, x: torch.Tensor) -> torch.Tensor:
    return x @ lin.weight.t() + lin.bias


def dense_views(model: GUME, data):
    """Explicit interests by modality, D, T and N, users above items, on the square matrix."""
    between, among = (data[kind].matrix.to_dense().double() for kind in (INTERACTS, EXTENDED))
    square = torch.zeros(20, 20, dtype=torch.float64)
    square[9:, :9], square[:9, 9:], square[9:, 9:] = between, between.t(), among
    powers = [torch.linalg.matrix_power(square, n) for n in range(model.num_ui_layers + 1)]
    propagate = sum(powers) / len(powers)
    item, explicit, interests = model.item_embedding.weight, {}, []
    for name in NAMES:
        graph = data[item_edge_type(f"{name}_knn")].matrix.to_dense().double()
        f = linear(model.project.lins[name], data["item"][name])
        b = item * linear(model.purify.gate.lins[name], f).sigmoid()
        b = torch.linalg.matrix_power(graph, model.num_ii_layers) @ b
        explicit[name] = torch.cat([between.t() @ b, b])
        interests.append(propagate @ torch.cat([model.interest[name], b]))
    extended = propagate @ torch.cat([model.user_embedding.weight, item])
    logit = torch.stack([linear(model.fuse.key, x).tanh() @ model.fuse.query for x in explicit.values()])
    share = logit.softmax(0)
    common = sum(share[m][:, None] * x for m, x in enumerate(explicit.values()))
    private = [
        linear(model.fuse.gates[name], extended).sigmoid() * (explicit[name] - common) for name in NAMES
    ]
    return explicit, extended, sum(interests) / 2, (common + sum(private)) / 3


@pytest.mark.parametrize(("num_ui_layers", "num_ii_layers"), [(0, 1), (2, 2)])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(
    data, num_ui_layers, num_ii_layers, monkeypatch
) -> None:
    config = {"num_ui_layers": num_ui_layers, "num_ii_layers": num_ii_layers, "embedding_dim": 4}
    temperatures = {"bm_temperature": 0.3, "um_temperature": 0.4}
    shares = {
        "reg_weight": 0.2,
        "interest_weight": 0.3,
        "align_weight": 0.4,
        "bm_weight": 0.5,
        "um_weight": 0.6,
    }
    model = GUME.from_data(data, eps=0.7, **config, **temperatures, **shares).double()
    explicit, extended, interest, joined = dense_views(model, data)
    e = extended + joined
    torch.testing.assert_close(torch.cat(model.eval()(data)), e, rtol=1e-6, atol=1e-6)

    draws = [torch.rand(3, 4, dtype=torch.float64) for _ in range(4)]
    left = iter(draws)
    monkeypatch.setattr(model.noise, "draw", lambda x: next(left))
    terms = model.train().loss(data, BATCH)
    user, pos, neg = BATCH.user, 9 + BATCH.pos, 9 + BATCH.neg
    u, i, j = e[user], e[pos], e[neg]

    def contrast(x: torch.Tensor, y: torch.Tensor, temperature: float) -> torch.Tensor:
        logits = F.normalize(x) @ F.normalize(y).t() / temperature
        return (logits.logsumexp(dim=1) - logits.diagonal()).mean()

    def noisy(x: torch.Tensor, draw: torch.Tensor) -> torch.Tensor:
        return x + 0.7 * x.detach().sign() * draw / draw.norm(dim=1, keepdim=True)

    first, second = explicit["m0"], explicit["m1"][torch.arange(20) != 9 + 4]
    n, t = joined[user], interest[user]
    expected = {
        "bpr": F.softplus((u * (j - i)).sum(1)).mean(),
        "l2": 0.2 * sum(x.pow(2).sum() for x in (u, i, j)) / 2 / 3,
        "l2_interest": 0.3 * interest[pos].pow(2).sum() / 2 / 3,
        "alignment": 0.4 * ((first.var() - second.var()).abs() + (first.mean() - second.mean()).abs()),
        "cl_modality": 0.5 * sum(contrast(joined[at], extended[at], 0.3) for at in (user, pos)),
        "cl_interest": 0.6
        * (
            contrast(t, n, 0.4)
            + contrast(noisy(n, draws[0]), noisy(n, draws[1]), 0.4)
            + contrast(noisy(t, draws[2]), noisy(t, draws[3]), 0.4)
        ),
    }
    assert list(terms) == list(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-6, atol=1e-6)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for ours, theirs in zip(actual, torch.autograd.grad(sum(expected.values()), weights), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_one_modality_has_nothing_to_align(toy_data) -> None:
    data = GUME.pre_transform(k=3)(toy_data(num_modalities=1))
    model = GUME.from_data(data, embedding_dim=4).double()
    assert model.loss(data, BATCH)["alignment"] == 0


def test_a_graph_without_item_graphs_is_an_error(toy_data) -> None:
    with pytest.raises(ValueError, match=r"Call GUME.prepare\(data\) first"):
        GUME.from_data(toy_data()).double()(toy_data())
