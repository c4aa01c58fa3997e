import torch

from pygmmrec.kernels.sparse.bipartite import square, stack, unstack
from pygmmrec.typing import Embeddings


def test_stack_puts_users_above_items_and_unstack_takes_them_apart() -> None:
    user, item = torch.randn(3, 2), torch.randn(4, 2)
    both = stack(user, item)
    assert torch.equal(both[2], user[2])
    assert torch.equal(both[3], item[0])
    out = unstack(both, 3)
    assert isinstance(out, Embeddings)
    assert torch.equal(out.user, user)
    assert torch.equal(out.item, item)


def test_square_is_the_block_matrix(edge_index, to_dense) -> None:
    block = to_dense(edge_index, None, (5, 4))  # [I, U]
    expected = torch.zeros(9, 9)
    expected[5:, :5], expected[:5, 5:] = block, block.t()
    assert torch.equal(to_dense(square(edge_index, 5), None, (9, 9)), expected)
