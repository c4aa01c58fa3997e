import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import LightGCN
from pygmmrec.typing import INTERACTS, Triplets


@pytest.fixture
def data(toy_data):
    return LightGCN.pre_transform()(toy_data())


def dense_output(model: LightGCN, data) -> torch.Tensor:
    """Mean of the layers on the square normalised matrix, [U + I, D]."""
    user, item = data[INTERACTS].edge_index
    graph = torch.zeros(20, 20, dtype=torch.float64)
    graph[user, item + 9] = graph[item + 9, user] = 1
    root = graph.sum(1).rsqrt()
    graph = root[:, None] * graph * root
    layers = [torch.cat([model.user_embedding.weight, model.item_embedding.weight])]
    for _ in range(model.num_layers):
        layers.append(graph @ layers[-1])
    return torch.stack(layers).mean(0)


@pytest.mark.parametrize("num_layers", [0, 1, 3])
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_embeddings_and_loss_are_the_dense_formulas(data, num_layers, variant) -> None:
    config = {"embedding_dim": 4, "num_layers": num_layers, "reg_weight": 0.3, "variant": variant}
    model = LightGCN.from_data(data, **config).double()
    batch = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))
    out, expected = model(data), dense_output(model, data)
    torch.testing.assert_close(torch.cat(out), expected, rtol=1e-6, atol=1e-6)

    user, pos, neg = expected[batch.user], expected[batch.pos + 9], expected[batch.neg + 9]
    bpr = F.softplus((user * neg).sum(1) - (user * pos).sum(1)).mean()
    ego = torch.cat([model.user_embedding.weight, model.item_embedding.weight])
    rows = [ego[batch.user], ego[batch.pos + 9], ego[batch.neg + 9]]
    norms = [x.pow(2).sum() / 2 if variant == "paper" else x.pow(2).sum().sqrt() for x in rows]
    l2 = 0.3 * sum(norms) / 3
    terms = model.loss(data, batch)
    assert list(terms) == ["bpr", "l2"]
    torch.testing.assert_close(terms["bpr"], bpr, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(terms["l2"], l2, rtol=1e-6, atol=1e-6)
    actual = torch.autograd.grad(sum(terms.values()), list(model.parameters()))
    for left, right in zip(actual, torch.autograd.grad(bpr + l2, list(model.parameters())), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-6)


def test_start_follows_the_variant() -> None:
    paper = LightGCN(400, 300, embedding_dim=50).user_embedding.weight.detach()
    assert float(paper.std()) == pytest.approx(0.1, rel=0.05)
    released = LightGCN(400, 300, embedding_dim=50, variant="released").user_embedding.weight.detach()
    bound = (6 / 450) ** 0.5
    assert 0.98 * bound < float(released.abs().max()) <= bound


def test_wrong_arguments_are_errors(data) -> None:
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'LightGCN' \(got 'mine'\)"):
        LightGCN(2, 3, variant="mine")
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 0"):
        LightGCN(2, 3, num_layers=-1)
    with pytest.raises(ValueError, match=r"'adj' needs to be of shape \[12, 9\]"):
        LightGCN(9, 12)(data)
