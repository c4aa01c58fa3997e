"""Modalities of a graph: added, masked, and with where they come from."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.data import Features, add_features, build_hetero_data, summarize
from pygmmrec.data.node_features import check_features, check_lacking, set_feature
from pygmmrec.encoders import encode
from pygmmrec.models import LightGCN
from pygmmrec.typing import ORIGIN, available_key

PAIRS = ([1, 1, 2, 2], ["x", "y", "y", "z"])
MATRIX = np.arange(6, dtype=np.float32).reshape(3, 2)


def lengths(batch: list[str]) -> np.ndarray:
    """Encodes a text by its length."""
    return np.array([[len(text), 1.0] for text in batch], dtype=np.float32)


@pytest.fixture
def data() -> HeteroData:
    return build_hetero_data(PAIRS)


def test_as_if_it_had_been_built_with_them(data: HeteroData) -> None:
    features = {"text": (MATRIX, ["z", "x", "y"])}
    added, built = add_features(data, features), build_hetero_data(PAIRS, features, item_ids=["x", "y", "z"])
    assert torch.equal(added["item"].text, built["item"].text)
    assert added["item"].text.tolist() == [[2, 3], [4, 5], [0, 1]]
    assert "text" not in data["item"]


def test_items_without_a_row_are_masked_or_an_error(
    data: HeteroData, caplog: pytest.LogCaptureFixture
) -> None:
    features = {"text": Features(MATRIX[:2], ["z", "x"])}
    with pytest.raises(ValueError, match=r"with a row for each item .*\['y'\]"):
        add_features(data, features)
    with caplog.at_level(logging.INFO):
        added = add_features(data, features, missing="mask")
    assert added["item"][available_key("text")].tolist() == [True, False, True]
    assert added["item"].text.tolist() == [[2, 3], [0, 0], [0, 1]]
    assert [record.getMessage() for record in caplog.records] == ["1 of 3 items lack text"]


def test_what_is_given_is_never_written_to(data: HeteroData) -> None:
    given = torch.tensor([[1.0], [torch.nan], [2.0]])
    add_features(data, {"text": given}, missing="mask")
    assert given[1].isnan().all()
    set_feature(data, "image", given, shared=False)
    assert given.tolist() == [[1], [0], [2]]


def test_refused(data: HeteroData) -> None:
    with pytest.raises(ValueError, match="a graph that no model prepared"):
        add_features(LightGCN.prepare(data), {"text": MATRIX})
    with pytest.raises(ValueError, match="modalities that the graph does not have"):
        add_features(add_features(data, {"text": MATRIX}), {"text": MATRIX})
    with pytest.raises(ValueError, match="'missing' needs to be one of"):
        add_features(data, {"text": MATRIX}, missing="drop")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="a mapping from modality names"):
        check_features([MATRIX], "test")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="with a row for some item"):
        check_lacking(torch.full((3, 2), torch.nan), "text", data["item"].raw_id, "mask")


def test_files_say_where_features_come_from(data: HeteroData, tmp_path: Path) -> None:
    path = tmp_path / "text_feat.npy"
    encode(["y", "z", "x"], ["yy", "zzzz", "x"], lengths, output=path)
    for graph in (add_features(data, {"text": path}), build_hetero_data(PAIRS, {"text": path})):
        assert graph["item"].text[:, 0].tolist() == [
            len({"y": "yy", "z": "zzzz"}.get(raw, raw)) for raw in graph["item"].raw_id.ids
        ]
        made_by = summarize(graph).as_dict()["modalities"]["text"]["made_by"]
        assert made_by == graph[ORIGIN]["features"]["text"]
        assert (made_by["kind"], made_by["count"]) == ("function", 3)
    with pytest.raises(ValueError, match="ids that the rows were made for"):
        build_hetero_data(PAIRS, {"text": (path, ["x", "y", "z"])})
    values = np.load(path)
    values[0] = 7
    np.save(path, values)
    with pytest.raises(ValueError, match="changed or damaged since"):
        add_features(data, {"text": path})
