import pytest
import torch
import torch.nn.functional as F

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import NeighbourhoodRouting


@pytest.fixture
def inputs(edge_index):
    """Five users, four items; user 4 has no item."""
    user = F.normalize(torch.randn(5, 3, dtype=torch.float64)).requires_grad_()
    item = F.normalize(torch.randn(4, 3, dtype=torch.float64)).requires_grad_()
    return user, item, Adj.from_edge_index(edge_index.flip(0), size=(4, 5))


def by_hand(user, item, edge_index, num_rounds, available) -> torch.Tensor:
    out = []
    for u in range(user.size(0)):
        mine = [i for v, i in edge_index.t().tolist() if v == u and available[i]]
        p = user[u]
        for _ in range(num_rounds):
            if mine:
                share = torch.stack([p @ item[i] for i in mine]).softmax(0)
                p = p + sum(a * item[i] for a, i in zip(share, mine, strict=True))
            p = p / p.norm()
        out.append(p)
    return torch.stack(out)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("num_rounds", [0, 1, 3])
def test_values_and_gradients_by_hand(inputs, edge_index, num_rounds, masked) -> None:
    user, item, adj = inputs
    available = torch.tensor([False, True, True, True]) if masked else None  # nothing is left of user 2
    out = NeighbourhoodRouting(num_rounds)(user, item, adj, available)
    known = [True] * 4 if available is None else available.tolist()
    expected = by_hand(user, item, edge_index, num_rounds, known)
    torch.testing.assert_close(out, expected, rtol=1e-10, atol=1e-10)
    factor = torch.randn(5, 3, dtype=torch.float64)
    wanted = [user, item] if num_rounds > 0 else [user]
    left = torch.autograd.grad((out * factor).sum(), wanted)
    for a, b in zip(left, torch.autograd.grad((expected * factor).sum(), wanted), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)


def test_an_item_that_does_not_agree_loses_its_say() -> None:
    item = F.normalize(torch.tensor([[1.0, 0.1], [1.0, -0.1], [-1.0, 0.0]]))
    user = F.normalize(torch.tensor([[0.5, 0.5]]))
    adj = Adj.from_edge_index(torch.tensor([[0, 1, 2], [0, 0, 0]]), size=(3, 1))
    agreement = [NeighbourhoodRouting(rounds)(user, item, adj) @ item[0] for rounds in (0, 1, 3)]
    assert agreement[0] < agreement[1] < agreement[2]
    mean = F.normalize(user + item.mean(dim=0))
    assert NeighbourhoodRouting(1)(user, item, adj) @ item[0] > mean @ item[0]


def test_messages_reach_users_and_not_items(inputs) -> None:
    """The released code has them the other way round."""
    user, item, adj = inputs
    assert not torch.allclose(NeighbourhoodRouting(1)(user, item, adj)[:4], user[:4])


def test_repr_and_errors(inputs) -> None:
    user, item, adj = inputs
    assert repr(NeighbourhoodRouting(2)) == "NeighbourhoodRouting(num_rounds=2)"
    with pytest.raises(ValueError, match="'num_rounds' needs to be at least 0 in 'NeighbourhoodRouting'"):
        NeighbourhoodRouting(-1)
    with pytest.raises(ValueError, match=r"'adj' needs to be of shape \[4, 4\]"):
        NeighbourhoodRouting()(user[:4], item, adj)
