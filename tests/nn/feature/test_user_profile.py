import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import UserProfile

AGGRS = ["sum", "mean", "max", "attention", "sym"]


@pytest.fixture
def adj(edge_index) -> Adj:
    """Items to users; user 4 has none."""
    return Adj.from_edge_index(edge_index.flip(0), size=(4, 5))


def by_loops(x: Tensor, adj: Adj, aggr: str, query: Tensor | None) -> Tensor:
    rows = []
    for start, stop in zip(adj.rowptr[:-1].tolist(), adj.rowptr[1:].tolist(), strict=True):
        items = x[adj.col[start:stop]]
        if len(items) == 0:
            rows.append(torch.zeros(x.size(1), dtype=x.dtype))
        elif aggr == "sym":
            count = torch.bincount(adj.col, minlength=adj.num_cols)[adj.col[start:stop]]
            rows.append((items / (count.to(x) * len(items)).sqrt()[:, None]).sum(0))
        elif aggr == "attention":
            weight = (items @ query / x.size(1) ** 0.5).exp()
            rows.append((weight[:, None] * items).sum(0) / weight.sum())
        else:
            rows.append({"sum": items.sum(0), "mean": items.mean(0), "max": items.amax(0)}[aggr])
    return torch.stack(rows)


@pytest.mark.parametrize("aggr", AGGRS)
def test_values_and_gradients_are_those_of_loops(adj, aggr) -> None:
    module = UserProfile(aggr, channels=3 if aggr == "attention" else None).double()
    if module.query is not None:
        torch.nn.init.normal_(module.query, std=2)
    x = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
    factor = torch.randn(5, 3, dtype=torch.float64)
    actual, expected = module(x, adj), by_loops(x, adj, aggr, module.query)
    assert actual[4].tolist() == [0, 0, 0]
    torch.testing.assert_close(actual, expected, rtol=1e-12, atol=1e-12)
    inputs = [x, *module.parameters()]
    grads = [torch.autograd.grad((out * factor).sum(), inputs) for out in (actual, expected)]
    for left, right in zip(*grads, strict=True):
        torch.testing.assert_close(left, right, rtol=1e-12, atol=1e-12)
    assert grads[0][0][3].tolist() == [0, 0, 0]  # nobody has item 3


def test_a_maximum_below_zero_is_not_zero(adj) -> None:
    out = UserProfile("max")(torch.full((4, 1), -2.0), adj)
    assert out.flatten().tolist() == [-2, -2, -2, -2, 0]


def test_the_query_is_the_only_weight_and_is_drawn_again() -> None:
    weightless = [aggr for aggr in AGGRS if aggr != "attention"]
    assert all(list(UserProfile(aggr).parameters()) == [] for aggr in weightless)
    module = UserProfile("attention", channels=50)
    before = module.query.detach().clone()
    module.reset_parameters()
    assert not torch.equal(before, module.query)
    assert 0.05 < module.query.std() < 0.2


def test_repr_and_errors() -> None:
    assert repr(UserProfile()) == "UserProfile('sum')"
    assert repr(UserProfile("attention", channels=8)) == "UserProfile('attention', channels=8)"
    with pytest.raises(ValueError, match=r"'aggr' needs to be one of .* in 'UserProfile' \(got 'min'\)"):
        UserProfile("min")
    with pytest.raises(ValueError, match="'channels' needs to be given where 'aggr' is 'attention'"):
        UserProfile("attention")
