from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F

from pygmmrec.kernels.columns.column_shard import ColumnShard, whole
from pygmmrec.kernels.columns.ranks import Ranks
from pygmmrec.kernels.rows.rows import (
    batch_nodes,
    distinct_nodes,
    paired_scores,
    place,
    rows,
    triplet_rows,
    triplet_scores,
)
from pygmmrec.typing import Triplets


def test_rows_and_gradient_are_those_of_an_index() -> None:
    x = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    index = torch.tensor([[0, 5], [5, 5]])
    assert torch.equal(rows(x, index), x[index])
    weight = torch.randn(2, 2, 3, dtype=torch.float64)
    found, expected = (torch.autograd.grad((y * weight).sum(), x)[0] for y in (rows(x, index), x[index]))
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_rows_in_their_places(dtype) -> None:
    found = place(torch.tensor([[1.0], [2.0], [4.0]], dtype=dtype), torch.tensor([2, 0, 2]), 4)
    assert found.tolist() == [[2.0], [0.0], [5.0], [0.0]]
    assert found.dtype == dtype
    found = place(torch.ones(2, 3, 1, dtype=dtype), torch.tensor([[0, 1, 0], [0, 0, 2]]), 3)
    assert found.tolist() == [[4.0], [1.0], [1.0]]


@pytest.mark.parametrize("num_threads", [1, 2, 5])
def test_the_gradient_is_that_of_an_embedding_to_the_last_bit(num_threads) -> None:
    threads = torch.get_num_threads()
    x = torch.randn(3000, 64, requires_grad=True)
    index, grad = torch.randint(700, (4096,)), torch.randn(4096, 64)
    torch.set_num_threads(num_threads)
    try:
        found, expected = (
            torch.autograd.grad(y, x, grad)[0] for y in (rows(x, index), F.embedding(index, x))
        )
    finally:
        torch.set_num_threads(threads)
    assert torch.equal(found, expected)


def test_second_derivatives() -> None:
    x = torch.randn(5, 3, dtype=torch.float64, requires_grad=True)
    index = torch.tensor([4, 0, 4])
    assert torch.autograd.gradcheck(lambda x: rows(x, index) ** 3, (x,))
    assert torch.autograd.gradgradcheck(lambda x: rows(x, index) ** 3, (x,))


def test_gradient_is_the_same_each_time_on_several_threads() -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        x = torch.randn(5000, 64, requires_grad=True)
        index, grad = torch.randint(300, (4096,)), torch.randn(4096, 64)
        first, *others = (torch.autograd.grad(rows(x, index), x, grad)[0] for _ in range(10))
    finally:
        torch.set_num_threads(threads)
    assert all(torch.equal(first, other) for other in others)


def test_triplet_rows_are_those_of_three_indices() -> None:
    user, item = torch.randn(4, 3, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)
    batch = Triplets(torch.tensor([3, 0, 3]), torch.tensor([1, 1, 4]), torch.tensor([4, 2, 0]))
    user.requires_grad_()
    item.requires_grad_()
    found, expected = triplet_rows(user, item, batch), (user[batch.user], item[batch.pos], item[batch.neg])
    for a, b in zip(found, expected, strict=True):
        assert torch.equal(a, b)
    weight = torch.randn(3, 3, dtype=torch.float64)
    sums = [sum((x * (i + 1) * weight).sum() for i, x in enumerate(parts)) for parts in (found, expected)]
    grads = [torch.autograd.grad(total, (user, item)) for total in sums]
    torch.testing.assert_close(*grads)


def test_distinct_nodes_are_those_of_the_batch_and_tell_where_it_has_them() -> None:
    batch = Triplets(torch.tensor([3, 0, 3]), torch.tensor([1, 1, 4]), torch.tensor([4, 2, 0]))
    nodes, among = distinct_nodes(batch)
    assert nodes.user.tolist() == [0, 3]
    assert nodes.item.tolist() == [0, 1, 2, 4]
    assert torch.equal(nodes.user[among.user], batch.user)
    assert torch.equal(nodes.item[among.pos], batch.pos)
    assert torch.equal(nodes.item[among.neg], batch.neg)


def test_triplet_scores_are_dot_products() -> None:
    user, item = torch.randn(4, 3, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)
    batch = Triplets(torch.tensor([3, 0, 3]), torch.tensor([1, 1, 4]), torch.tensor([4, 2, 0]))
    table = user @ item.t()  # [U, I]
    found = triplet_scores(user, item, batch)
    torch.testing.assert_close(found, (table[batch.user, batch.pos], table[batch.user, batch.neg]))
    at = batch_nodes(batch)
    torch.testing.assert_close(paired_scores(user[at.user], item[at.item]), found)


def test_ranks_gather_their_own_columns_and_place_them(
    on_shards: Callable[..., bool], two_ranks: Callable[..., list[torch.Tensor]]
) -> None:
    x = torch.linspace(-1, 1, 24, dtype=torch.float64).view(6, 4)
    index = torch.tensor([[0, 5], [5, 5]])
    assert on_shards(lambda table: rows(table, index), x)
    assert not on_shards(lambda table: rows(table, index).softmax(dim=-1), x)

    def grad(ranks: Ranks) -> torch.Tensor:
        table = ColumnShard.of(x, ranks).requires_grad_()
        rows(table, index).softmax(dim=-1).square().sum().backward()
        assert isinstance(table.grad, ColumnShard)  # though the gradient came whole
        return whole(table.grad)

    assert all(found[1:5].eq(0).all() for found in two_ranks(grad))
