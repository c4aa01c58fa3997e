import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import LayerGCN
from pygmmrec.typing import INTERACTS, Triplets


@pytest.fixture
def data(toy_data):
    return LayerGCN.prepare(toy_data())


def dense_output(model: LayerGCN, data) -> torch.Tensor:
    """Sum of the refined layers on the square normalised matrix, [U + I, D]."""
    user, item = data[INTERACTS].edge_index
    graph = torch.zeros(20, 20, dtype=torch.float64)
    graph[user, item + 9] = graph[item + 9, user] = 1
    root = graph.sum(1).rsqrt()
    graph = root[:, None] * graph * root
    layer = start = torch.cat([model.user_embedding.weight, model.item_embedding.weight])
    total = torch.zeros_like(start)
    for _ in range(model.num_layers):
        layer = graph @ layer
        layer = F.cosine_similarity(layer, start, dim=1)[:, None] * layer
        total = total + layer
    return total


@pytest.mark.parametrize("num_layers", [1, 3])
def test_embeddings_and_loss_are_the_dense_formulas(data, num_layers) -> None:
    model = LayerGCN.from_data(data, embedding_dim=4, num_layers=num_layers, reg_weight=0.3).double()
    batch = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))
    expected = dense_output(model, data)
    torch.testing.assert_close(torch.cat(model(data)), expected, rtol=1e-6, atol=1e-6)

    user, pos, neg = expected[batch.user], expected[batch.pos + 9], expected[batch.neg + 9]
    bpr = F.softplus((user * neg).sum(1) - (user * pos).sum(1)).sum()
    ego = torch.cat([model.user_embedding.weight, model.item_embedding.weight])
    l2 = 0.3 * sum(ego[at].pow(2).sum() / 2 for at in (batch.user, batch.pos + 9, batch.neg + 9))
    terms = model.loss(data, batch)
    assert list(terms) == ["bpr", "l2"]
    torch.testing.assert_close(terms["bpr"], bpr, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(terms["l2"], l2, rtol=1e-6, atol=1e-6)
    actual = torch.autograd.grad(sum(terms.values()), list(model.parameters()))
    for left, right in zip(actual, torch.autograd.grad(bpr + l2, list(model.parameters())), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-6)


def test_without_an_edge_there_is_no_embedding(toy_data, edge_index) -> None:
    data = LayerGCN.prepare(toy_data(edge_index, 5, 4))
    user, item = LayerGCN.from_data(data, embedding_dim=4).double()(data)
    assert not user[4].any()
    assert not item[3].any()
    assert user[:4].any(dim=1).all()


def test_epochs_take_turns_where_they_are_told_to(toy_data) -> None:
    data = LayerGCN.prepare(toy_data())
    always, turns = LayerGCN.epoch_transform(p=0.4), LayerGCN.epoch_transform(p=0.4, alternate=True)
    assert [always(data).thinned_by for _ in range(3)] == ["AdaptiveDropEdge(p=0.4, mode='budget')"] * 3
    drawn = [turns(data) for _ in range(4)]
    two = ["AdaptiveDropEdge(p=0.4, mode='budget')", "DropEdge(p=0.4, mode='budget')"]
    assert [graph.thinned_by for graph in drawn] == two * 2
    num = data[INTERACTS].num_edges
    assert all(abs(graph[INTERACTS].matrix.nnz - 0.6 * num) < 1 for graph in drawn)


def test_wrong_arguments_are_errors() -> None:
    with pytest.raises(ValueError, match="'num_layers' needs to be at least 1"):
        LayerGCN(2, 3, num_layers=0)
    with pytest.raises(ValueError, match=r"'p' needs to be in \[0, 1\)"):
        LayerGCN.epoch_transform(p=1.0)
