import json

import numpy as np
import pytest
import torch

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.nn import LightGCNPropagation, MultiView
from pygmmrec.transforms import BipartiteNorm, ItemKNNGraph, ToAdj
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Embeddings, item_edge_type


def graph(num_rows: int, num_cols: int) -> Adj:
    edges = (torch.rand(num_cols, num_rows) < 0.5).nonzero().t()
    return Adj.from_edge_index(edges, torch.rand(edges.size(1)).double(), size=(num_cols, num_rows))


@pytest.mark.parametrize("average", ["all", "private"])
@pytest.mark.parametrize("num_layers", [0, 1, 2])
@pytest.mark.parametrize("num_modalities", [1, 2, 3])
def test_the_steps_as_dense_products(num_layers, num_modalities, average) -> None:
    sizes = {f"m{m}": 3 + m for m in range(num_modalities)}
    module = MultiView(sizes, 4, num_layers=num_layers, average=average).double()
    assert module.fuse.average == average
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter)
    x = {name: torch.randn(6, size).double() for name, size in sizes.items()}
    item = torch.randn(6, 4).double().requires_grad_()
    content = Embeddings(torch.randn(5, 4).double(), torch.randn(6, 4).double())
    graphs, to_user = {name: graph(6, 6) for name in sizes}, graph(5, 6)
    out = module(x, item, content, graphs, to_user)
    items = module.purify(x, item)
    for name in sizes:
        for _ in range(num_layers):
            items[name] = graphs[name].to_dense() @ items[name]
    users = {name: to_user.to_dense() @ z for name, z in items.items()}
    expected = module.fuse(users, content.user), module.fuse(items, content.item)
    for actual, wanted in zip(out, expected, strict=True):
        torch.testing.assert_close(actual, wanted, rtol=1e-10, atol=1e-10)
    at = Embeddings(torch.tensor([4, 0, 4]), torch.tensor([5, 1]))
    content = Embeddings(content.user[at.user], content.item[at.item])
    for some, all_of, index in zip(module(x, item, content, graphs, to_user, at), out, at, strict=True):
        torch.testing.assert_close(some, all_of[index], rtol=1e-10, atol=1e-10)
    sum(value.square().sum() for value in out).backward()
    assert all(value.grad.ne(0).all() for value in (item, *module.parameters()))


def test_reset_parameters_repr_and_errors() -> None:
    module = MultiView({"a": 3, "b": 2}, 4)
    for value in module.parameters():
        torch.nn.init.constant_(value, 77)
    module.reset_parameters()
    assert not any(value.eq(77).any() for value in module.parameters())
    assert repr(module) == "MultiView({'a': 3, 'b': 2}, 4, num_layers=1, average='all')"
    item = torch.zeros(6, 4)
    content = Embeddings(torch.zeros(5, 4), item)
    x = {"a": torch.zeros(6, 3), "b": torch.zeros(6, 2)}
    with pytest.raises(ValueError, match=r"'item_graphs' needs to be graphs that include that of 'b'"):
        module(x, item, content, {"a": graph(6, 6)}, graph(5, 6))


def test_the_numbers_of_mgcns_released_code(golden, golden_problem) -> None:
    arrays = np.load(golden / "MGCN.npz")
    hyper = json.loads((golden / "MGCN.json").read_text())["hyper_parameters"]

    def at(name: str) -> torch.Tensor:
        return torch.from_numpy(arrays[name])

    data = BipartiteNorm()(golden_problem[0])
    data = ToAdj()(ItemKNNGraph(hyper["knn_k"], weighted=True)(data))
    names = {
        "visual": ("image", "gate_v", "gate_image_prefer"),
        "text": ("text", "gate_t", "gate_text_prefer"),
    }
    dim = hyper["embedding_size"]
    module = MultiView(dict.fromkeys(names, dim), dim, num_layers=hyper["n_layers"])
    state, x = {"fuse.query": at("param/query_common.2.weight").flatten()}, {}
    for part in ("weight", "bias"):
        state[f"fuse.key.{part}"] = at(f"param/query_common.0.{part}")
        for ours, (_, purifier, gate) in names.items():
            state[f"purify.gate.lins.{ours}.{part}"] = at(f"param/{purifier}.0.{part}")
            state[f"fuse.gates.{ours}.{part}"] = at(f"param/{gate}.0.{part}")
    module.load_state_dict(state)
    for ours, (theirs, *_) in names.items():
        raw = at(f"param/{theirs}_embedding.weight")
        x[ours] = raw @ at(f"param/{theirs}_trs.weight").t() + at(f"param/{theirs}_trs.bias")
    item = at("param/item_id_embedding.weight")
    propagate = LightGCNPropagation(hyper["n_ui_layers"])
    content = propagate(at("param/user_embedding.weight"), item, data[INTERACTS].matrix)
    graphs = {name: data[item_edge_type(f"{name}_knn")].matrix for name in names}
    side = module(x, item, content, graphs, data[REV_INTERACTS].matrix)
    torch.testing.assert_close(torch.cat(content), at("eval/content_embeds"), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(torch.cat(side), at("eval/side_embeds"), rtol=1e-5, atol=1e-5)
