import torch

from pygmmrec.kernels.solvers.gram import Gram


def test_rows_entries_and_diagonal_equal_the_dense_matrix(binary) -> None:
    x, dense = binary
    content = torch.randn(9, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    gram, some = Gram(x, content), torch.tensor([5, 2])
    counts, product = dense.t() @ dense, content @ content.t()
    assert torch.equal(gram.counts(some), counts[some])
    torch.testing.assert_close(gram.of_content(some), product[some])
    row, col = torch.tensor([[5, 2], [1, 0]]), torch.tensor([[3], [4]])
    torch.testing.assert_close(gram.of_content(row, col), product[row.unsqueeze(2), col.unsqueeze(1)])
    torch.testing.assert_close(gram.diagonal, (counts + product).diagonal())


def test_without_content(binary) -> None:
    x, dense = binary
    assert Gram(x).of_content(torch.tensor([1])) == 0.0
    assert torch.equal(Gram(x).diagonal, dense.sum(dim=0))
