import copy

import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import LATTICE
from pygmmrec.models.lattice import LATENT
from pygmmrec.typing import INTERACTS, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))


@pytest.fixture
def data(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return LATTICE.pre_transform(k=3)(data)


def dense_output(model: LATTICE, data) -> tuple[torch.Tensor, torch.Tensor]:
    user, item = data[INTERACTS].edge_index
    graph = torch.zeros(20, 20, dtype=torch.float64)
    graph[user, item + 9] = graph[item + 9, user] = 1
    if model.variant == "released":
        graph = graph + torch.eye(20)
        graph = graph / graph.sum(1, keepdim=True)
    else:
        root = graph.sum(1).rsqrt()
        graph = root[:, None] * graph * root
    layers = [torch.cat([model.user_embedding.weight, model.item_embedding.weight])]
    for _ in range(model.num_ui_layers):
        layers.append(graph @ layers[-1])
    user, item = torch.stack(layers).mean(0).split([9, 11])
    h = model.item_embedding.weight
    for _ in range(model.num_ii_layers):
        h = model.mine(data).to_dense() @ h
    return user, item + h / h.norm(dim=1, keepdim=True)


@pytest.mark.parametrize("variant", ["paper", "released"])
@pytest.mark.parametrize(("num_ui_layers", "num_ii_layers"), [(2, 1), (0, 2)])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(
    data, num_ui_layers, num_ii_layers, variant
) -> None:
    config = {"num_ui_layers": num_ui_layers, "num_ii_layers": num_ii_layers, "variant": variant}
    model = LATTICE.from_data(data, embedding_dim=4, k=3, reg_weight=0.3, **config).double()
    assert model.item_graph.normalize_first == (variant == "paper")
    out, (user, item) = model(data), dense_output(model, data)
    torch.testing.assert_close(out.user, user, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(out.item, item, rtol=1e-6, atol=1e-6)
    parts = [user[BATCH.user], item[BATCH.pos], item[BATCH.neg]]
    bpr = F.softplus((parts[0] * (parts[2] - parts[1])).sum(1)).mean()
    if variant == "paper":
        free = model.item_embedding.weight
        parts = [model.user_embedding.weight[BATCH.user], free[BATCH.pos], free[BATCH.neg]]
    l2 = 0.3 * sum(x.pow(2).sum() for x in parts) / 2 / 3
    terms = model.loss(data, BATCH)
    torch.testing.assert_close(terms["bpr"], bpr, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(terms["l2"], l2, rtol=1e-6, atol=1e-6)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(bpr + l2, weights), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-5, atol=1e-6)


def test_the_gradient_of_an_epochs_graph_belongs_to_its_first_step(data) -> None:
    model = LATTICE.from_data(data, embedding_dim=4, k=3).double()
    graph = copy.copy(data)
    model.refresh(graph)
    before = graph[LATENT].matrix.to_dense().detach()
    reached = []
    for _ in range(3):
        model.zero_grad()
        sum(model.loss(graph, BATCH).values()).backward()
        reached.append(model.item_graph.weight.grad is not None)
        with torch.no_grad():
            model.item_graph.project.lins["m0"].weight.add_(1)  # moves the graph of present weights only
    assert reached == [True, False, False]
    assert torch.equal(graph[LATENT].matrix.to_dense(), before)
    assert not torch.allclose(model.mine(data).to_dense(), before)
    assert LATENT not in data.edge_types


def test_evaluation_on_an_epochs_graph_leaves_its_gradient_to_the_next_step(data) -> None:
    model = LATTICE.from_data(data, embedding_dim=4, k=3).double()
    graph = copy.copy(data)
    model.refresh(graph)
    with torch.no_grad():
        model(graph)
    sum(model.loss(graph, BATCH).values()).backward()
    assert model.item_graph.weight.grad.ne(0).all()


def test_wrong_arguments_are_errors(data, toy_data) -> None:
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'LATTICE' \(got 'mine'\)"):
        LATTICE(2, 3, {"m0": 4}, variant="mine")
    with pytest.raises(ValueError, match=r"'matrix' of \('item', 'm0_knn', 'item'\)"):
        LATTICE.from_data(toy_data()).double()(toy_data())
