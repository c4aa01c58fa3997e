"""The ways to write propagation: a builder for each, by name.

A builder takes a graph and the number of layers L, prepares what does not change from step to step, and
returns a function of user features [U, D] and item features [I, D] to the mean of L + 1 layers, [U, D] and
[I, D]. It raises :class:`Unavailable` where it cannot run. What is around A·X is the same in all that go
layer by layer.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, TypeAlias

import torch
import torch_geometric.utils
from graphs import Graph
from torch import Tensor
from torch_geometric import EdgeIndex
from torch_geometric.nn import LGConv

from pygmmrec.kernels.runtime import dispatch
from pygmmrec.kernels.sparse import spmm_numba
from pygmmrec.kernels.sparse.bipartite import stack, unstack
from pygmmrec.kernels.sparse.spmm import spmm
from pygmmrec.nn import LightGCNPropagation

Layout: TypeAlias = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]

warnings.filterwarnings("ignore", "Sparse (CSR|invariant)")  # which torch says once per process


class Unavailable(Exception):
    """Why a layout cannot run here."""


def layer_by_layer(graph: Graph, num_layers: int, product: Callable[[Tensor], Tensor]) -> Layout:
    """The mean of layers, users and items as one matrix."""

    def run(user: Tensor, item: Tensor) -> tuple[Tensor, Tensor]:
        layers = [stack(user, item)]  # [N, D]
        for _ in range(num_layers):
            layers.append(product(layers[-1]))
        return unstack(torch.stack(layers).mean(dim=0), graph.num_users)

    return run


def with_kernel(compiled: bool, layout: Layout) -> Layout:
    """Run a layout with the compiled kernel, or with torch's, whatever the size; its backward pass too."""

    def run(user: Tensor, item: Tensor) -> tuple[Tensor, Tensor]:
        dispatch.COMPILE = compiled
        if compiled:
            spmm_numba.LARGE = 0
        return layout(user, item)

    return run


def need(package: str) -> None:
    """Raise where a package is missing."""
    if find_spec(package) is None:
        raise Unavailable(f"{package} is not installed")


def need_kernel(graph: Graph) -> None:
    """Raise where the compiled kernel cannot run."""
    if graph.device.type != "cpu" or graph.dtype not in (torch.float32, torch.float64):
        raise Unavailable("the compiled kernel takes float32 and float64 on the CPU")


def coo(graph: Graph, num_layers: int) -> Layout:
    """A coalesced torch COO matrix, with autograd."""
    matrix = graph.square.csr().to_sparse_coo().coalesce()
    return layer_by_layer(graph, num_layers, lambda x: torch.sparse.mm(matrix, x))


def csr(graph: Graph, num_layers: int) -> Layout:
    """A torch CSR matrix, with autograd."""
    matrix = graph.square.csr()
    return layer_by_layer(graph, num_layers, lambda x: matrix @ x)


def square_spmm(graph: Graph, num_layers: int) -> Layout:
    """Our product on the symmetric matrix, with torch's kernel."""
    adj = graph.square
    return with_kernel(False, layer_by_layer(graph, num_layers, lambda x: spmm(adj, x)))


def square_compiled(graph: Graph, num_layers: int) -> Layout:
    """Our product on the symmetric matrix, with the compiled kernel."""
    need_kernel(graph)
    adj = graph.square
    return with_kernel(True, layer_by_layer(graph, num_layers, lambda x: spmm(adj, x)))


def bipartite(graph: Graph, num_layers: int) -> Layout:
    """Our product on the two blocks of the matrix, with torch's kernel."""
    to_item, to_user = graph.to_item, graph.to_item.t()

    def run(user: Tensor, item: Tensor) -> tuple[Tensor, Tensor]:
        users, items = [user], [item]
        for _ in range(num_layers):
            user, item = spmm(to_user, items[-1]), spmm(to_item, users[-1])
            users.append(user)
            items.append(item)
        return torch.stack(users).mean(dim=0), torch.stack(items).mean(dim=0)

    return with_kernel(False, run)


def fused(graph: Graph, num_layers: int) -> Layout:
    """`LightGCNPropagation`, the whole stack at once on the two blocks, with torch's kernel."""
    adj, module = graph.to_item, LightGCNPropagation(num_layers)
    return with_kernel(False, lambda user, item: module(user, item, adj))


def fused_compiled(graph: Graph, num_layers: int) -> Layout:
    """`LightGCNPropagation`, with the compiled kernel."""
    need_kernel(graph)
    adj, module = graph.to_item, LightGCNPropagation(num_layers)
    return with_kernel(True, lambda user, item: module(user, item, adj))


def fused_bfloat16(graph: Graph, num_layers: int) -> Layout:
    """`LightGCNPropagation` in bfloat16; inputs and outputs are cast."""
    adj, module = graph.cast(torch.bfloat16).to_item, LightGCNPropagation(num_layers)

    def run(user: Tensor, item: Tensor) -> tuple[Tensor, Tensor]:
        out = module(user.bfloat16(), item.bfloat16(), adj)
        return out.user.to(graph.dtype), out.item.to(graph.dtype)

    return with_kernel(False, run)


def _edges(graph: Graph) -> Tensor:
    """Source and destination of each entry, by destination, [2, nnz]."""
    return torch.stack([graph.square.col, graph.square.row])


def lg_conv(graph: Graph, num_layers: int) -> Layout:
    """PyG's `LGConv` on an edge index."""
    edge_index, weight = _edges(graph), graph.square.value
    conv = LGConv(normalize=False)
    return layer_by_layer(graph, num_layers, lambda x: conv(x, edge_index, weight))


def edge_index_matmul(graph: Graph, num_layers: int) -> Layout:
    """PyG's `EdgeIndex.matmul`, undirected and sorted, its caches filled."""
    size, weight = (graph.num_nodes, graph.num_nodes), graph.square.value
    edges = EdgeIndex(_edges(graph).flip(0), sparse_size=size, sort_order="row", is_undirected=True)
    edges.fill_cache_()

    def product(x: Tensor) -> Tensor:
        out: Any = edges.matmul(x, input_value=weight)
        return out

    return layer_by_layer(graph, num_layers, product)


def pyg_spmm(graph: Graph, num_layers: int) -> Layout:
    """PyG's `utils.spmm` on a torch CSR matrix."""
    matrix = graph.square.csr()
    return layer_by_layer(graph, num_layers, lambda x: torch_geometric.utils.spmm(matrix, x, "sum"))


def torch_scatter(graph: Graph, num_layers: int) -> Layout:
    """Messages gathered, weighted and summed by torch-scatter's `segment_csr`."""
    need("torch_scatter")
    from torch_scatter import segment_csr

    adj = graph.square
    return layer_by_layer(
        graph,
        num_layers,
        lambda x: segment_csr(x.index_select(0, adj.col) * adj.value.unsqueeze(-1), adj.rowptr),
    )


def torch_sparse(graph: Graph, num_layers: int) -> Layout:
    """torch-sparse's `matmul`, its caches filled by the first call."""
    need("torch_sparse")
    from torch_sparse import SparseTensor, matmul

    adj, size = graph.square, (graph.num_nodes, graph.num_nodes)
    matrix = SparseTensor(rowptr=adj.rowptr, col=adj.col, value=adj.value, sparse_sizes=size, is_sorted=True)
    return layer_by_layer(graph, num_layers, lambda x: matmul(matrix, x, "sum"))


LAYOUTS: dict[str, Callable[[Graph, int], Layout]] = {
    "COO": coo,
    "CSR, autograd": csr,
    "LGConv": lg_conv,
    "torch_scatter": torch_scatter,
    "torch_sparse": torch_sparse,
    "EdgeIndex.matmul": edge_index_matmul,
    "PyG spmm": pyg_spmm,
    "spmm": square_spmm,
    "spmm, bipartite": bipartite,
    "LightGCNPropagation": fused,
    "LightGCNPropagation, bfloat16": fused_bfloat16,
    "spmm, compiled": square_compiled,
    "LightGCNPropagation, compiled": fused_compiled,
}
"""What each is, is the first line of its docstring; COO is what all others are compared with."""
