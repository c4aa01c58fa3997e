"""What is known of nodes besides their ids."""

import copy
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data import IdMap, NodeInfo
from pygmmrec.data.node_info import find_id_column, read_columns

TABLE = {"id": [7, 5, 9], "name": ["seven", "five", "nine"], "price": [7.5, 5.5, 9.5]}
IDS = IdMap([5, 6, 7])


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_rows_are_put_in_the_order_of_the_nodes(make: Any) -> None:
    info = NodeInfo.from_table(make(TABLE), IDS)
    assert info.columns == ["name", "price"]
    assert info["name"] == ["five", None, "seven"]
    assert info["price"] == [5.5, None, 7.5]
    assert info.title == info["name"]
    assert (len(info), "price" in info, "genre" in info) == (3, True, False)
    assert info.subset(torch.tensor([2, 0]))["name"] == ["seven", "five"]
    assert repr(info) == "NodeInfo(3 rows: name, price)"
    with pytest.raises(ValueError, match=r"'column' needs to be one of .*name.*genre"):
        info["genre"]


def test_a_file_and_texts_in_quotes(tmp_path: Path) -> None:
    path = tmp_path / "artists.csv"
    path.write_text('id,Title,tags\n5,"a, b","x\ny"\n7,c,\n')
    info = NodeInfo.from_table(path, IDS)
    assert info.title == ["a, b", None, "c"]
    assert info["tags"] == ["x\ny", None, ""]
    assert NodeInfo.from_table(str(path), IDS) == info


def test_ids_of_another_type_are_other_ids() -> None:
    with pytest.raises(ValueError, match="'id' needs to be a column of ids of the graph"):
        NodeInfo.from_table({"id": ["5", "7"], "name": ["a", "b"]}, IDS)


def test_an_id_that_is_there_twice() -> None:
    with pytest.raises(ValueError, match=r"each id is once .*\[5\]"):
        NodeInfo.from_table({"id": [5, 5], "name": ["a", "b"]}, IDS)
    assert NodeInfo.from_table({"id": [5, 8, 8], "name": ["a", "b", "c"]}, IDS)["name"] == ["a", None, None]


def test_the_column_of_ids() -> None:
    assert find_id_column(["name", "movieId"]) == "movieId"
    assert find_id_column(["item", "id", "user_id"]) == "id"
    assert find_id_column(["a", "b"], "b") == "b"
    with pytest.raises(ValueError, match=r"one column of ids .*id_column='name'"):
        find_id_column(["name", "asin", "movieId"])
    with pytest.raises(ValueError, match="'id_column' needs to be one of"):
        find_id_column(["name"], "id")


def test_other_things_are_no_table() -> None:
    with pytest.raises(ValueError, match="'table' needs to be a path, a frame or a mapping of columns"):
        read_columns(7)
    with pytest.raises(ValueError, match="columns of one length"):
        NodeInfo({"a": [1], "b": [1, 2]})


def test_a_graph_carries_it(tmp_path: Path) -> None:
    data = HeteroData()
    data["item"].num_nodes, data["item"].raw_id = 3, IDS
    data["item"].info = NodeInfo.from_table(TABLE, IDS)
    torch.save(data, tmp_path / "graph.pt")
    for other in (copy.deepcopy(data), data.to("cpu"), torch.load(tmp_path / "graph.pt", weights_only=True)):
        assert other["item"].info == data["item"].info
