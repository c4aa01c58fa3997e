"""Graphs that others built are checked by the same law."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.data import IdMap, validate_hetero_data
from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.typing import INTERACTS, REV_INTERACTS, TEST, VALID


@pytest.fixture
def data(edge_index: Tensor) -> HeteroData:
    data = HeteroData()
    data["user"].num_nodes = 5
    data["item"].num_nodes = 4
    data["item"].text = torch.ones(4, 2)
    data[INTERACTS].edge_index = edge_index
    data[REV_INTERACTS].edge_index = torch.tensor([[0, 0, 0, 1, 1, 2, 2], [0, 2, 3, 0, 1, 1, 3]])
    data[INTERACTS][VALID] = torch.tensor([[4], [3]])
    data[INTERACTS][TEST] = torch.empty(2, 0, dtype=torch.int64)
    return data


def test_a_good_graph_passes(data: HeteroData) -> None:
    validate_hetero_data(data)
    data["item"].raw_id = IdMap("abcd"[i] for i in range(4))
    data["item"].year = torch.tensor([[1]] * 4)
    validate_hetero_data(data)


def put(key: object, attribute: str, value: object) -> Callable[[HeteroData], None]:
    def change(data: HeteroData) -> None:
        data[key][attribute] = value

    return change


def drop(key: object, attribute: str) -> Callable[[HeteroData], None]:
    def change(data: HeteroData) -> None:
        del data[key][attribute]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            drop("user", "num_nodes"),
            r"'data\['user'\].num_nodes' needs to be a positive integer .* \(got None\)",
        ),
        (
            put("item", "num_nodes", 0),
            r"'data\['item'\].num_nodes' needs to be a positive integer .* \(got 0\)",
        ),
        (put("item", "raw_id", [1]), r"'data\['item'\].raw_id' needs to be an IdMap .* \(got 'list'\)"),
        (
            put("item", "raw_id", IdMap([1])),
            r"'data\['item'\].raw_id' needs to be a map of 4 ids .* \(got 1\)",
        ),
        (
            put("item", "text", torch.ones(3, 2)),
            r"'data\['item'\]\['text'\]' .* each of the 4 items .*'3 rows'",
        ),
        (
            put("item", "text", torch.ones(4, 2).double()),
            r"'text'\]' needs to be float32, float16 or bfloat16 .*float64.*\.float\(\)",
        ),
        (put("item", "text", torch.full((4, 2), torch.nan)), r"'text'\]' needs to be finite .* in 4 rows"),
        (
            put("item", "text_available", torch.ones(4)),
            r"'text_available'\]' needs to be a bool mask of the 4",
        ),
        (put("item", "text_available", torch.tensor([True, False, True, True])), r"zero where .*'1 rows'"),
        (drop(INTERACTS, "edge_index"), r"'interacts', 'item'\)\].edge_index' needs to be a tensor"),
        (drop(INTERACTS, TEST), r"'item'\)\].test_label_index' needs to be a tensor"),
        (put(INTERACTS, VALID, torch.ones(2, 1)), r"int64 of shape \[2, E\] .*float32 \[2, 1\]"),
        (
            put(INTERACTS, VALID, torch.ones(1, 2).long()),
            r"int64 of shape \[2, E\] .*int64 \[1, 2\]",
        ),
        (put(INTERACTS, VALID, torch.tensor([[5], [0]])), r"users between 0 and 4 .* \(got \[5\]\)"),
        (
            put(INTERACTS, TEST, torch.tensor([[0], [-1]])),
            r"items between 0 and 3 .* \(got \[-1\]\)",
        ),
        (put(INTERACTS, "edge_index", torch.empty(2, 0).long()), "a training split that is not empty"),
        (put(INTERACTS, "edge_index", torch.tensor([[1, 0], [0, 0]])), "sorted by user, then item"),
        (put(INTERACTS, "edge_index", torch.tensor([[0, 0], [1, 1]])), "without repeated edges"),
        (put(REV_INTERACTS, "edge_index", torch.tensor([[0], [0]])), "flipped, sorted by item, then user"),
    ],
)
def test_a_bad_graph_is_a_clear_error(data: HeteroData, change: Callable, message: str) -> None:
    change(data)
    with pytest.raises(ValueError, match=message) as error:
        validate_hetero_data(data)
    assert "validate_hetero_data" in str(error.value)


def test_a_missing_node_type_is_named(data: HeteroData) -> None:
    del data["item"]
    with pytest.raises(ValueError, match=r"'data\['item'\]' needs to be present"):
        validate_hetero_data(data)


def test_something_else_is_no_graph() -> None:
    with pytest.raises(ValueError, match=r"'data' needs to be a graph, a HeteroData .* \(got 'dict'\)"):
        validate_hetero_data({})


def test_a_data_set_is_not_its_graph() -> None:
    with pytest.raises(ValueError, match=r"\(got 'SyntheticMultimodal'\). Take the graph .*dataset\[0\]"):
        validate_hetero_data(SyntheticMultimodal(20, 60))


@pytest.mark.parametrize("shape", [(4, 6, 3), (4, 2, 5, 5)])
def test_tokens_and_maps_are_checked_as_vectors_are(data: HeteroData, shape: tuple[int, ...]) -> None:
    data["item"].image = torch.ones(shape)
    validate_hetero_data(data)
    data["item"].image_available = torch.tensor([True, True, False, True])
    with pytest.raises(ValueError, match=r"'data\['item'\]\['image'\]' needs to be zero .*'1 rows'"):
        validate_hetero_data(data)
    data["item"].image[2] = 0
    validate_hetero_data(data)
    data["item"].image[3, 1, 1] = torch.nan
    with pytest.raises(ValueError, match=r"NaN or infinity in 1 rows, \[3\]"):
        validate_hetero_data(data)
    data["item"].image = torch.ones(5, *shape[1:])
    with pytest.raises(ValueError, match="a matrix of one row for each of the 4 items"):
        validate_hetero_data(data)
