import torch

from pygmmrec.nn import SelfLoopConv
from pygmmrec.nn.conv.self_loop_conv import own_weight
from pygmmrec.transforms import SelfLoopNorm, ToAdj
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Embeddings


def test_with_the_norm_it_is_the_square_matrix(toy_data, edge_index) -> None:
    data = ToAdj()(SelfLoopNorm()(toy_data(edge_index, 5, 4)))
    square = torch.eye(9, dtype=torch.float64)
    square[edge_index[0], edge_index[1] + 5] = square[edge_index[1] + 5, edge_index[0]] = 1
    root = square.sum(1).rsqrt()
    x = Embeddings(*(torch.randn(n, 3, dtype=torch.float64, requires_grad=True) for n in (5, 4)))
    graph = data[REV_INTERACTS].matrix, data[INTERACTS].matrix
    out = SelfLoopConv()(x, *graph)
    expected = (root[:, None] * square * root) @ torch.cat(x)
    torch.testing.assert_close(torch.cat(out), expected, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(own_weight(graph[0]), 1 / (1 + graph[0].degree()))
    assert torch.autograd.gradcheck(lambda *x: SelfLoopConv()(Embeddings(*x), *graph), tuple(x))


def test_self_loops_of_ones_own(toy_data, edge_index) -> None:
    data = ToAdj()(toy_data(edge_index, 5, 4))
    x = Embeddings(torch.randn(5, 2), torch.randn(4, 2))
    own = Embeddings(torch.arange(5.0), torch.zeros(4))
    to_user, to_item = data[REV_INTERACTS].matrix, data[INTERACTS].matrix
    out = SelfLoopConv()(x, to_user, to_item, own)
    torch.testing.assert_close(out.user, own.user[:, None] * x.user + to_user.to_dense() @ x.item)
    torch.testing.assert_close(out.item, to_item.to_dense() @ x.user)
    assert repr(SelfLoopConv()) == "SelfLoopConv()"
