import pytest
import torch

from pygmmrec.kernels.rows.blockwise import blockwise

torch.manual_seed(0)
X = [torch.randn(10, 3, dtype=torch.float64), torch.randn(10, 2, dtype=torch.float64)]
SHARED = [torch.randn(3, 2, dtype=torch.float64), torch.randn((), dtype=torch.float64)]


def refine(block, shared):
    """Two tensors of rows, one of which does not depend on the last shared tensor."""
    weight, factor = shared
    return (block[0] @ weight).tanh() * factor, block[1] * 2


def sums(block, shared):
    return [refine(block, shared)[0].t() @ block[1], block[1].sum(dim=0)]


@pytest.mark.parametrize("add", [False, True], ids=["rows", "sums"])
@pytest.mark.parametrize("block_size", [1, 3, 5, 9])
def test_blocks_give_the_value_and_the_gradients_of_all_rows_at_once(block_size, add) -> None:
    function = sums if add else refine
    results = []
    for size in (block_size, 10):
        x, shared = ([each.clone().requires_grad_() for each in given] for given in (X, SHARED))
        out = blockwise(function, x, shared, block_size=size, add=add)
        torch.autograd.backward([each.sin().sum() for each in out])
        results.append([*out, *(each.grad for each in (*x, *shared))])
    for blocks, whole in zip(*results, strict=True):
        torch.testing.assert_close(blocks, whole, rtol=1e-12, atol=1e-12)


def test_gradients_are_those_of_finite_differences() -> None:
    x, shared = ([each.clone().requires_grad_() for each in given] for given in (X, SHARED))

    def function(*tensors):
        return tuple(blockwise(refine, tensors[:2], tensors[2:], block_size=4, add=False))

    assert torch.autograd.gradcheck(function, [*x, *shared])


def test_no_block_of_the_forward_pass_is_kept() -> None:
    x = [each.clone().requires_grad_() for each in X]
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: kept.append(tensor) or tensor, lambda t: t):
        blockwise(refine, x, SHARED, block_size=4, add=False)
    own = [*x, *SHARED]
    assert len(kept) == len(own)
    assert all(tensor.data_ptr() == mine.data_ptr() for tensor, mine in zip(kept, own, strict=True))


def test_rows_of_integers_go_along_without_a_gradient() -> None:
    table, index = (each.clone() for each in (X[0], torch.arange(10).flip(0)))
    results = []
    for size in (3, 10):
        x, shared = X[0].clone().requires_grad_(), table.clone().requires_grad_()
        (out,) = blockwise(lambda x, s: [x[0] * s[0][x[1]]], [x, index], [shared], block_size=size, add=False)
        results.append([out, *torch.autograd.grad(out.sin().sum(), (x, shared))])
    for blocks, whole in zip(*results, strict=True):
        torch.testing.assert_close(blocks, whole, rtol=1e-12, atol=1e-12)
