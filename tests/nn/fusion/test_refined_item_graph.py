import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import RefinedItemGraph

NUM_USERS, NUM_ITEMS, DIM = 5, 6, 4
DIMS = {"image": 3, "text": 5}


@pytest.fixture
def x() -> dict[str, Tensor]:
    return {name: torch.randn(NUM_ITEMS, dim, dtype=torch.float64) for name, dim in DIMS.items()}


@pytest.fixture
def adj() -> Adj:
    """Items to users; user 4 has none."""
    edge_index = torch.tensor([[0, 1, 1, 3, 2, 4, 5, 0], [0, 0, 1, 1, 2, 2, 3, 3]])
    return Adj.from_edge_index(edge_index, size=(NUM_ITEMS, NUM_USERS)).to(torch.float64)


def build(**kwargs) -> RefinedItemGraph:
    rca = {"num_rounds": 2, **kwargs.pop("rca", {})}
    return RefinedItemGraph(DIMS, DIM, **{"k": 3, "rca": rca, **kwargs}).double()


def test_the_steps_one_by_one(x, adj) -> None:
    layer = build(fusion="sum")
    entities = {}
    for name, items in x.items():
        items = items @ layer.project.lins[name].weight.t()
        entities[name] = torch.cat([adj.to_dense() @ items, items])
    refined = {name: x_m[NUM_USERS:] for name, x_m in layer.rca.forward_ref(entities).items()}
    for name, x_m in layer.refine(x, adj).items():
        torch.testing.assert_close(x_m, refined[name], rtol=1e-10, atol=1e-10)
    joined = refined["image"] + refined["text"]
    joined = joined / joined.norm(dim=1, keepdim=True)
    similarity = joined @ joined.t()
    kept = torch.zeros_like(similarity).scatter_(1, similarity.topk(3, dim=1).indices, 1)
    weight = similarity.clamp(min=0) * kept
    torch.testing.assert_close(layer(x, adj).to_dense(), weight / weight.sum(1, keepdim=True))


@pytest.mark.parametrize("profile_aggr", ["sum", "mean", "max", "attention"])
@pytest.mark.parametrize("correlation", ["entity", "feature"])
def test_a_missing_modality_is_as_if_its_entities_were_not_there(x, adj, correlation, profile_aggr) -> None:
    """With one modality, rows that lack it may as well be deleted."""
    layer = RefinedItemGraph(
        {"image": 3}, DIM, k=2, rca={"num_rounds": 2, "correlation": correlation}, profile_aggr=profile_aggr
    ).double()
    mask = torch.tensor([True, True, False, True, False, True])
    refined = layer.refine({"image": x["image"]}, adj, {"image": mask})["image"]
    assert refined[~mask].eq(0).all()

    dense = adj.to_dense()[:, mask]
    users = dense.sum(1) > 0  # a user whose items all lack it lacks it too
    assert 0 < users.sum() < NUM_USERS - 1
    user, item = dense[users].nonzero().t()
    without = Adj.from_edge_index(torch.stack([item, user]), size=(int(mask.sum()), int(users.sum())))
    expected = layer.refine({"image": x["image"][mask]}, without.to(torch.float64))["image"]
    torch.testing.assert_close(refined[mask], expected, rtol=1e-10, atol=1e-10)


def test_the_gradient_reaches_every_weight_also_where_items_lack_a_modality(x, adj) -> None:
    layer = build(profile_aggr="attention")
    available = {"image": torch.tensor([True, False, True, True, True, True])}
    weight = layer(x, adj, available).value
    (weight * torch.randn_like(weight)).sum().backward()
    assert all(value.grad.abs().sum() > 0 for value in layer.parameters())
    assert all(value.grad.isfinite().all() for value in layer.parameters())


def test_all_weights_are_drawn_again() -> None:
    layer = build(profile_aggr="attention")
    before = {name: value.detach().clone() for name, value in layer.named_parameters()}
    layer.reset_parameters()
    for name, value in layer.named_parameters():
        assert value.eq(0).all() or not torch.equal(before[name], value), name


def test_repr_and_errors(x, adj) -> None:
    shown = repr(build(profile_aggr="max", fusion="sum", rca={"correlation": "feature"}))
    for part in ("UserProfile('max'", "Fuse('sum')", "num_rounds=2", "correlation='feature'", "k=3"):
        assert part in shown
    with pytest.raises(TypeError, match="rounds"):
        build(rounds=2)
    with pytest.raises(ValueError, match="'available' needs to be a bool mask"):
        build()(x, adj, {"image": torch.ones(NUM_ITEMS, dtype=torch.bool)[:3]})
