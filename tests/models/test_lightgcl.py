import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import LightGCL
from pygmmrec.models.lightgcl import VARIANTS
from pygmmrec.typing import INTERACTS, Triplets

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))


@pytest.fixture
def data(toy_data):
    return LightGCL.prepare(toy_data(), q=3)


def dense_nce(view: torch.Tensor, out: torch.Tensor, index: torch.Tensor) -> torch.Tensor:
    logits = view @ out.t() / 0.3  # [N, N]
    return (logits.logsumexp(1) - logits.diag().clamp(-5, 5))[index].mean()


@pytest.mark.parametrize("num_layers", [1, 3])
@pytest.mark.parametrize("variant", VARIANTS)
def test_embeddings_and_loss_are_the_dense_formulas(data, variant, num_layers) -> None:
    config = {"embedding_dim": 4, "num_layers": num_layers, "cl_weight": 0.7, "temperature": 0.3}
    model = LightGCL.from_data(data, **config, reg_weight=0.2, variant=variant).double()
    with torch.no_grad():  # so that some similarities are out of bounds
        model.user_embedding.weight.mul_(2)
    graph = (data[INTERACTS].matrix.to_dense() > 0).double().t()
    graph = graph.sum(1).rsqrt()[:, None] * graph * graph.sum(0).rsqrt()  # [U, I]
    left, value, right = torch.linalg.svd(graph)
    low = left[:, :3] * value[:3] @ right[:3]
    user, item = model.user_embedding.weight, model.item_embedding.weight
    out = view = [user, item]
    layer = out
    for _ in range(num_layers):
        seen = [low @ layer[1], low.t() @ layer[0]]
        layer = [graph @ layer[1], graph.t() @ layer[0]]
        out = [a + b for a, b in zip(out, layer, strict=True)]
        view = [a + b for a, b in zip(view, seen, strict=True)]
    for actual, expected in zip(model(data), out, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-6, atol=1e-6)

    e, pos, neg = out[0][BATCH.user], out[1][BATCH.pos], out[1][BATCH.neg]
    items = torch.cat([BATCH.pos, BATCH.neg]) if variant == "paper" else BATCH.pos
    expected = {
        "bpr": F.softplus((e * neg).sum(1) - (e * pos).sum(1)).mean(),
        "cl_user": 0.7 * dense_nce(view[0], out[0], BATCH.user),
        "cl_item": 0.7 * dense_nce(view[1], out[1], items),
        "l2": 0.2 * (user.square().sum() + item.square().sum()),
    }
    terms = model.loss(data, BATCH)
    assert list(terms) == list(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-6, atol=1e-6)
    actual = torch.autograd.grad(sum(terms.values()), list(model.parameters()))
    wanted = torch.autograd.grad(sum(expected.values()), list(model.parameters()))
    for ours, theirs in zip(actual, wanted, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-6, atol=1e-6)


def test_edges_are_dropped_in_training_alone(data) -> None:
    model = LightGCL.from_data(data, embedding_dim=4, p=0.5).double()
    drawn = [model(data).user for _ in range(2)]
    assert not torch.equal(*drawn)
    model.eval()
    assert torch.equal(model(data).user, model(data).user)
    plain = LightGCL.from_data(data, embedding_dim=4).double()
    plain.load_state_dict(model.state_dict())
    assert torch.equal(model(data).user, plain(data).user)


def test_large_embeddings_do_not_overflow(toy_data) -> None:
    data = LightGCL.prepare(toy_data(dtype=torch.float32))
    model = LightGCL.from_data(data, embedding_dim=4)
    with torch.no_grad():
        model.user_embedding.weight.fill_(20.0)
        model.item_embedding.weight.fill_(20.0)
    loss = sum(model.loss(data, BATCH).values())
    loss.backward()
    assert loss.isfinite()
    assert model.user_embedding.weight.grad.isfinite().all()


def test_without_contrast_there_is_no_view(data) -> None:
    model = LightGCL.from_data(data, embedding_dim=4, cl_weight=0.0).double()
    assert list(model.loss(data, BATCH)) == ["bpr", "l2"]


def test_wrong_arguments_are_errors() -> None:
    for name, value in {"variant": "mine", "num_layers": 0, "temperature": 0.0, "p": 1.0}.items():
        with pytest.raises(ValueError, match=f"'{name}' needs to be"):
            LightGCL(2, 3, **{name: value})
