"""The graph is PyG's: its loaders, transforms and files take it, as it is built and as models prepare it."""

import copy
import pickle

import pytest
import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.loader import DataLoader
from torch_geometric.nn import SAGEConv, to_hetero
from torch_geometric.transforms import NormalizeFeatures, RandomNodeSplit, ToUndirected

from pygmmrec import models
from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.models import Recommender
from pygmmrec.transforms import ToAdj
from pygmmrec.typing import INTERACTS, REV_INTERACTS, TEST, VALID

NAMES = [name for name in models.__all__ if name != "Recommender"]
GRAPHS = ["as built", "CRANE", "DGVAE", "DualGNN", "FREEDOM", "LATTICE", "MGCN"]
"""All edge types that there are."""


@pytest.fixture(scope="session")
def built() -> HeteroData:
    return SyntheticMultimodal(num_users=50, num_items=70, seed=2)[0]


@pytest.fixture(params=GRAPHS)
def data(request: pytest.FixtureRequest, built: HeteroData) -> HeteroData:
    return built if request.param == "as built" else getattr(models, request.param).prepare(built)


def test_every_edge_type_has_an_edge_index(data) -> None:
    assert set(data.edge_index_dict) == set(data.edge_types)
    assert {INTERACTS, REV_INTERACTS} <= set(data.edge_types)
    assert data.validate()
    assert not any("adj_t" in store or "adj" in store for store in data.edge_stores)


def test_files_without_unpickling(data, tmp_path) -> None:
    torch.save(data, tmp_path / "data.pt")
    back = torch.load(tmp_path / "data.pt", weights_only=True)
    assert back.edge_types == data.edge_types
    assert back["user"].raw_id == data["user"].raw_id
    assert torch.equal(back[INTERACTS][TEST], data[INTERACTS][TEST])
    for edge_type in data.edge_types:
        assert ("matrix" in back[edge_type]) == ("matrix" in data[edge_type])
    assert pickle.loads(pickle.dumps(data)).node_types == data.node_types
    assert copy.deepcopy(data).get("prepared_by") == data.get("prepared_by")


def test_to_homogeneous(data) -> None:
    flat = data.to_homogeneous()
    assert flat.num_nodes == data.num_nodes
    assert flat.num_edges == data.num_edges


def test_what_a_graph_was_built_from_goes_with_it(data, tmp_path) -> None:
    assert data.origin["split"] == "GivenSplit()"
    torch.save(data, tmp_path / "data.pt")
    copies = [
        data.to("cpu"),
        data.clone(),
        copy.copy(data),
        copy.deepcopy(data),
        torch.load(tmp_path / "data.pt", weights_only=True),
        HeteroData.from_dict(data.to_dict()),
        data.to_homogeneous(),
        ToUndirected()(copy.copy(data)),
        NormalizeFeatures()(copy.copy(data)),
    ]
    assert [each.origin for each in copies] == [data.origin] * len(copies)


def test_two_graphs_in_a_batch_keep_what_each_was_built_from(built) -> None:
    batch = next(iter(DataLoader([built, built], batch_size=2)))
    assert [batch.get_example(index).origin for index in range(2)] == [built.origin] * 2


def test_to_undirected_and_random_node_split(data) -> None:
    both = ToUndirected()(copy.copy(data))
    assert both[INTERACTS].num_edges == data[INTERACTS].num_edges
    assert both.validate()
    data = copy.copy(data)
    data["item"].y = torch.zeros(data["item"].num_nodes, dtype=torch.int64)
    out = RandomNodeSplit(num_val=7, num_test=7)(data)
    assert out["item"].val_mask.sum() == 7


def test_to_hetero(data) -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = SAGEConv((-1, -1), 4)

        def forward(self, x: Tensor, edge_index: Tensor) -> Tensor:
            return self.conv(x, edge_index)

    x = {node_type: torch.randn(data[node_type].num_nodes, 3) for node_type in data.node_types}
    net = to_hetero(Net(), data.metadata())
    out = net(x, data.edge_index_dict)
    assert out["user"].shape == (data["user"].num_nodes, 4)
    assert out["item"].shape == (data["item"].num_nodes, 4)


def test_held_out_pairs_are_nobodys_edges(built) -> None:
    """Also where there are as many as training edges, which PyG takes for an attribute of edges."""
    data = copy.copy(built)
    data[INTERACTS][VALID] = data[INTERACTS].edge_index.clone()
    data = models.FREEDOM.prepare(data)
    thin = models.FREEDOM.epoch_transform()(data)
    assert thin[INTERACTS].num_edges < data[INTERACTS].num_edges
    assert torch.equal(thin[INTERACTS][VALID], data[INTERACTS][VALID])


@pytest.fixture
def neighbours(data) -> dict[tuple[str, str, str], list[int]]:
    return {edge_type: [-1, -1] for edge_type in data.edge_types}  # all of them, twice


@pytest.mark.sparse
def test_neighbor_loader(data, neighbours) -> None:
    pytest.importorskip("torch_sparse")
    from torch_geometric.loader import NeighborLoader

    seen = 0
    for batch in NeighborLoader(data, neighbours, input_nodes=("user", torch.arange(20)), batch_size=8):
        assert torch.equal(batch["user"].n_id[: batch["user"].batch_size], batch["user"].input_id)
        assert batch["item"].num_nodes == batch["item"].n_id.numel()
        seen += batch["user"].batch_size
    assert seen == 20


@pytest.mark.sparse
@pytest.mark.parametrize("name", ["LightGCN", "FREEDOM", "MGCN"])
def test_link_neighbor_loader_and_a_model_on_its_batches(built, name) -> None:
    """A subgraph of all neighbours gives its pairs the embeddings of the whole graph."""
    pytest.importorskip("torch_sparse")
    from torch_geometric.loader import LinkNeighborLoader

    cls: type[Recommender] = getattr(models, name)
    data = cls.prepare(built)
    model = cls.from_data(data, embedding_dim=8).eval()
    out = model(data)
    loader = LinkNeighborLoader(
        data,
        {edge_type: [-1] * 4 for edge_type in data.edge_types},
        edge_label_index=(INTERACTS, data[INTERACTS].edge_index),
        batch_size=16,
        subgraph_type="induced",
    )
    batch = next(iter(loader))
    with pytest.raises(ValueError, match=r"whose 'matrix' of .* Call ToAdj\(\)\(data\) after sampling"):
        model.adj(batch, INTERACTS)
    batch = ToAdj()(batch)
    users, items = batch["user"].n_id, batch["item"].n_id
    rows = {"user_embedding.weight": users, "item_embedding.weight": items}
    local = {key: value[rows[key]] if key in rows else value for key, value in model.state_dict().items()}
    part = torch.func.functional_call(model, local, (batch,))
    pairs = batch[INTERACTS].edge_label_index
    torch.testing.assert_close(part.user[pairs[0]], out.user[users[pairs[0]]], rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(part.item[pairs[1]], out.item[items[pairs[1]]], rtol=1e-4, atol=1e-6)


@pytest.mark.sparse
def test_a_sampler_that_drops_weights_is_found_out(built) -> None:
    pytest.importorskip("torch_sparse")
    from torch_geometric.loader import LinkNeighborLoader

    data = models.LightGCN.prepare(built)
    loader = LinkNeighborLoader(
        data,
        [5, 5],
        edge_label_index=(INTERACTS, data[INTERACTS].edge_index),
        batch_size=16,
        subgraph_type="bidirectional",
    )
    with pytest.raises(ValueError, match="subgraph_type='induced'"):
        ToAdj()(next(iter(loader)))
