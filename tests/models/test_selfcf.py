import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import SelfCF
from pygmmrec.typing import INTERACTS, Triplets

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))
ITEMS = BATCH.pos + 9


@pytest.fixture
def data(toy_data):
    return SelfCF.prepare(toy_data())


def dense_graph(data) -> torch.Tensor:
    """The square normalised matrix, [U + I, U + I]."""
    user, item = data[INTERACTS].edge_index
    graph = torch.zeros(20, 20, dtype=torch.float64)
    graph[user, item + 9] = graph[item + 9, user] = 1
    root = graph.sum(1).rsqrt()
    return root[:, None] * graph * root


def dense_mean(model: SelfCF, graph: torch.Tensor) -> torch.Tensor:
    layers = [torch.cat([model.user_embedding.weight, model.item_embedding.weight])]
    for _ in range(model.num_layers):
        layers.append(graph @ layers[-1])
    return torch.stack(layers).mean(0)


@pytest.mark.parametrize("form", ["embedding", "history", "edge"])
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_scores_and_loss_are_the_dense_formulas(data, monkeypatch, form, variant) -> None:
    config = {"embedding_dim": 4, "form": form, "p": 0.3, "momentum": 0.2, "reg_weight": 0.3}
    model = SelfCF.from_data(data, variant=variant, **config).double()
    kept = []

    def draw(adj, p):
        keep = torch.rand(adj.nnz) >= p
        kept.append(adj.keep(keep).to_dense().double() / (1 - p))
        return keep

    monkeypatch.setattr(model.drop_edge, "draw", draw)
    masks = [torch.rand(3, 4) >= 0.3 for _ in range(2)]
    left = iter(masks)
    monkeypatch.setattr(model.dropout, "forward", lambda x: x * next(left) / 0.7)
    history = torch.cat([model.user_history, model.item_history]).clone() if form == "history" else None
    terms = model.loss(data, BATCH)

    graph = torch.zeros(20, 20, dtype=torch.float64)
    graph[9:, :9] = kept[0]
    graph[:9, 9:] = kept[1] if variant == "released" else kept[0].t()
    e = dense_mean(model, graph)
    if form == "embedding":
        to_user, to_item = e[BATCH.user] * masks[0] / 0.7, e[ITEMS] * masks[1] / 0.7
    elif form == "history":
        mixed = 0.2 * history + 0.8 * e
        to_user, to_item = mixed[BATCH.user], mixed[ITEMS]
        after = history.index_copy(0, torch.tensor([0, 1, 9, 11, 12]), e[[0, 1, 9, 11, 12]].detach())
        torch.testing.assert_close(torch.cat([model.user_history, model.item_history]), after)
    else:
        to_user, to_item = (kept[-1] @ e[9:])[BATCH.user], (kept[-2] @ e[:9])[BATCH.pos]
    f = model.predictor
    pairs = [(f(e[BATCH.user]), to_item), (f(e[ITEMS]), to_user)]
    rec = sum(1 - F.cosine_similarity(a, b.detach()).mean() for a, b in pairs) / 2
    l2 = 0.3 * (e[BATCH.user].square().sum() + e[ITEMS].square().sum()) / 2
    assert list(terms) == ["rec", "l2"]
    torch.testing.assert_close(terms["rec"], rec, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(terms["l2"], l2, rtol=1e-6, atol=1e-6)
    actual = torch.autograd.grad(sum(terms.values()), list(model.parameters()))
    for a, b in zip(actual, torch.autograd.grad(rec + l2, list(model.parameters())), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-6, atol=1e-6)

    user, item = dense_mean(model, dense_graph(data)).split([9, 11])
    expected = f(user) @ item.t() + user @ f(item).t()
    torch.testing.assert_close(model.score(model.eval()(data), torch.arange(9)), expected)


def test_history_is_of_nodes_and_changes_in_training_alone(data) -> None:
    model = SelfCF.from_data(data, embedding_dim=4, form="history").double()
    assert {"user_history": "user", "item_history": "item"}.items() <= model.node_tables().items()
    before = model.user_history.clone()
    model.eval().loss(data, BATCH)
    assert torch.equal(model.user_history, before)
    model.train().loss(data, BATCH)
    assert (model.user_history != before).any(dim=1).nonzero().flatten().tolist() == [0, 1]
    assert "user_history" not in SelfCF.from_data(data).state_dict()


def test_wrong_arguments_are_errors() -> None:
    wrong = {"variant": "mine", "form": "none", "p": 1.0, "momentum": 1.5, "max_edge_p": -0.1}
    for name, value in wrong.items():
        with pytest.raises(ValueError, match=f"'{name}' needs to be"):
            SelfCF(2, 3, **{name: value})
