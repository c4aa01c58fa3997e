import torch

from pygmmrec.utils.rows import rows


def test_rows_and_gradient_are_those_of_an_index() -> None:
    x = torch.randn(6, 3, dtype=torch.float64, requires_grad=True)
    index = torch.tensor([[0, 5], [5, 5]])
    assert torch.equal(rows(x, index), x[index])
    weight = torch.randn(2, 2, 3, dtype=torch.float64)
    found, expected = (torch.autograd.grad((y * weight).sum(), x)[0] for y in (rows(x, index), x[index]))
    torch.testing.assert_close(found, expected)


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
