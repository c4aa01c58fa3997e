import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import MultimodalItemGraph

NUM_ITEMS, SIZES = 10, {"a": 4, "b": 5}


@pytest.fixture
def inputs():
    """Features, graphs of the raw features, and a mask of the second modality."""
    x = {name: torch.randn(NUM_ITEMS, size, dtype=torch.float64) for name, size in SIZES.items()}
    graphs = {}
    for name in SIZES:
        edges = torch.rand(NUM_ITEMS, NUM_ITEMS, dtype=torch.float64).where(torch.eye(NUM_ITEMS) == 0, 0)
        graphs[name] = Adj.from_edge_index(
            (edges > 0.6).nonzero().t().flip(0), edges[edges > 0.6], size=(NUM_ITEMS, NUM_ITEMS)
        )
    mask = torch.arange(NUM_ITEMS) != 3
    return x, graphs, {"b": mask}


def sym(graph: Tensor) -> Tensor:
    degree = graph.sum(dim=1)
    degree = degree.where(degree > 0, torch.ones_like(degree))
    return graph / (degree[:, None] * degree).sqrt()


def dense(layer: MultimodalItemGraph, x, graphs, available, k: int) -> Tensor:
    share = torch.ones(1) if layer.weight is None else layer.weight.softmax(0)
    originals, learned = [], []
    for name in layer.project.in_channels:
        having = available.get(name, torch.ones(NUM_ITEMS, dtype=torch.bool)).nonzero().squeeze(-1)
        lin = layer.project.lins[name]
        latent = x[name][having] @ lin.weight.t() + lin.bias
        latent = latent / latent.norm(dim=1, keepdim=True)
        cosine = latent @ latent.t()
        keep = torch.zeros_like(cosine).scatter_(1, cosine.topk(k, dim=1).indices, 1)
        graph = torch.zeros(NUM_ITEMS, NUM_ITEMS, dtype=torch.float64)
        graph[having[:, None], having] = cosine.clamp(min=0) * keep
        learned.append(sym(graph) if layer.normalize_first else graph)
        originals.append(graphs[name].to_dense())
    fused = sum(a * graph for a, graph in zip(share, learned, strict=True))
    fused = fused if layer.normalize_first else sym(fused)
    original = sum(a * graph for a, graph in zip(share, originals, strict=True))
    return layer.skip * original + (1 - layer.skip) * fused


@pytest.mark.parametrize("normalize_first", [True, False])
@pytest.mark.parametrize("names", [["a"], ["a", "b"]])
def test_values_and_gradients_are_those_of_the_dense_formula(inputs, names, normalize_first) -> None:
    x, graphs, available = inputs
    sizes = {name: SIZES[name] for name in names}
    layer = MultimodalItemGraph(sizes, 3, k=4, skip=0.7, normalize_first=normalize_first).double()
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    adj = layer(x, graphs, available)
    expected = dense(layer, x, graphs, available, 4)
    torch.testing.assert_close(adj.to_dense(), expected, rtol=1e-10, atol=1e-10)
    factor, weights = torch.randn(NUM_ITEMS, NUM_ITEMS, dtype=torch.float64), list(layer.parameters())
    assert (layer.weight is None) == (len(names) == 1)
    left = torch.autograd.grad((adj.to_dense() * factor).sum(), weights)
    for a, b in zip(left, torch.autograd.grad((expected * factor).sum(), weights), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-9)
        assert a.ne(0).all()


def test_all_modalities_start_with_the_same_share(inputs) -> None:
    x, graphs, _ = inputs
    layer = MultimodalItemGraph(SIZES, 3, k=2, skip=1.0).double()
    expected = (graphs["a"].to_dense() + graphs["b"].to_dense()) / 2
    torch.testing.assert_close(layer(x, graphs).to_dense(), expected)


def test_no_tensor_of_all_pairs_of_items() -> None:
    num_items, k, sizes = 3000, 5, []
    x = {"a": torch.randn(num_items, 4)}
    index = torch.randint(num_items, (2, num_items * k))
    graphs = {"a": Adj.from_edge_index(index, size=(num_items, num_items))}

    def note(tensor: Tensor) -> Tensor:
        sizes.append(tensor.numel())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        MultimodalItemGraph({"a": 4}, 4, k=k)(x, graphs)
    assert max(sizes) <= num_items * k * 4


def test_repr_and_errors(inputs) -> None:
    x, graphs, _ = inputs
    layer = MultimodalItemGraph(SIZES, 3, k=4).double()
    shown = "MultimodalItemGraph({'a': 4, 'b': 5}, 3, k=4, skip=0.9, normalize_first=True)"
    assert repr(layer) == shown
    with pytest.raises(ValueError, match=r"'original' needs to be graphs that include that of 'b' .*\['a'\]"):
        layer(x, {"a": graphs["a"]})
    with pytest.raises(ValueError, match="include the modality 'b'"):
        layer({"a": x["a"]}, graphs)
    with pytest.raises(ValueError, match="at least one modality"):
        MultimodalItemGraph({}, 3)
    with pytest.raises(ValueError, match="'skip' needs to be between 0 and 1"):
        MultimodalItemGraph(SIZES, 3, skip=1.1)
