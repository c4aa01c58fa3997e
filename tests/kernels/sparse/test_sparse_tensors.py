import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.sparse_tensors import columns_of, rows_of, transposed_csc


def test_there_and_back_in_the_same_memory() -> None:
    edge_index = torch.tensor([[0, 2, 1, 2], [0, 0, 1, 1]])
    adj = Adj.from_edge_index(edge_index, torch.tensor([1.0, 2.0, 3.0, 4.0]), size=(3, 2))
    csc = transposed_csc(adj)
    assert torch.equal(csc.to_dense(), adj.to_dense().t())
    assert csc.values().data_ptr() == adj.value.data_ptr()
    for found in (rows_of(adj.csr()), columns_of(csc)):
        assert torch.equal(found.to_dense(), adj.to_dense())
        assert found.value.data_ptr() == adj.value.data_ptr()
