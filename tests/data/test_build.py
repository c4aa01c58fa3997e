"""Tables and matrices become one graph, or one clear error."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from pygmmrec.data import Columns, Features, GivenSplit, IdMap, Interactions, RatioSplit, build_hetero_data
from pygmmrec.typing import INTERACTS, REV_INTERACTS, TEST, VALID

USERS = ["u2", "u1", "u2", "u1", "u3", "u2"]
ITEMS = ["a", "c", "b", "a", "c", "c"]
LABELS = [0, 0, 0, 0, 1, 2]
MATRIX = np.arange(8, dtype=np.float32).reshape(4, 2)


def test_the_graph_holds_what_the_table_says() -> None:
    data = build_hetero_data((USERS, ITEMS, LABELS), {"text": (MATRIX, ["c", "d", "a", "b"])})
    assert data["user"].num_nodes == 3
    assert data["user"].raw_id == IdMap(["u1", "u2", "u3"])
    assert data["item"].num_nodes == 4
    assert data["item"].raw_id == IdMap(["c", "d", "a", "b"])
    assert data["item"]["text"].tolist() == MATRIX.tolist()
    assert data[INTERACTS].edge_index.tolist() == [[0, 0, 1, 1], [0, 2, 2, 3]]
    assert data[REV_INTERACTS].edge_index.tolist() == [[0, 2, 2, 3], [0, 0, 1, 1]]
    assert data[INTERACTS][VALID].tolist() == [[2], [0]]
    assert data[INTERACTS][TEST].tolist() == [[1], [0]]


def test_rows_of_each_modality_find_their_items() -> None:
    features = {
        "text": (MATRIX, ["c", "d", "a", "b"]),
        "image": Features(MATRIX[:, :1], ["a", "b", "c", "d"]),
    }
    item = build_hetero_data((USERS, ITEMS, LABELS), features)["item"]
    assert item["image"].tolist() == MATRIX[[2, 3, 0, 1], :1].tolist()
    item = build_hetero_data((USERS, ITEMS, LABELS), features, item_ids=["a", "b", "c", "d"])["item"]
    assert item["text"].tolist() == MATRIX[[2, 3, 0, 1]].tolist()


def test_the_order_of_rows_does_not_matter() -> None:
    order = [3, 5, 0, 4, 2, 1]
    first = build_hetero_data((USERS, ITEMS, LABELS))
    shuffled = [[column[i] for i in order] for column in (USERS, ITEMS, LABELS)]
    second = build_hetero_data(shuffled)
    assert torch.equal(first[INTERACTS].edge_index, second[INTERACTS].edge_index)
    assert torch.equal(first[INTERACTS][TEST], second[INTERACTS][TEST])


def test_rating_and_timestamp_lie_on_both_directions_of_an_edge() -> None:
    frame = pd.DataFrame({"userID": [1, 0, 0, 1], "itemID": [0, 1, 0, 1], "x_label": [0, 0, 0, 1]})
    frame["rating"], frame["timestamp"] = [1.0, 2.0, 3.0, 4.0], [10, 20, 30, 40]
    data = build_hetero_data(frame)
    assert data[INTERACTS].edge_index.tolist() == [[0, 0, 1], [0, 1, 0]]
    assert data[INTERACTS].rating.tolist() == [3.0, 2.0, 1.0]
    assert data[INTERACTS].rating.dtype == torch.float32
    assert data[INTERACTS].timestamp.tolist() == [30, 20, 10]
    assert data[REV_INTERACTS].edge_index.tolist() == [[0, 0, 1], [0, 1, 0]]
    assert data[REV_INTERACTS].rating.tolist() == [3.0, 1.0, 2.0]
    assert "rating" not in build_hetero_data(frame, columns=Columns(rating=None))[INTERACTS]


def test_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.inter").write_text("userID\titemID\tx_label\n5\t0\t0\n7\t3\t0\n")
    np.save(tmp_path / "text_feat.npy", MATRIX.astype(np.float16))
    data = build_hetero_data(tmp_path / "a.inter", {"text": str(tmp_path / "text_feat.npy")})
    assert data["user"].raw_id == IdMap([5, 7])
    assert data["item"].raw_id == IdMap(range(4))
    assert data[INTERACTS].edge_index.tolist() == [[0, 1], [0, 3]]
    assert data["item"]["text"].dtype == torch.float16


def test_there_may_be_no_features_and_any_number_of_them() -> None:
    for number in range(4):
        features = {f"m{i}": MATRIX for i in range(number)}
        item = build_hetero_data(([0, 1], [3, 0], [0, 0]), features)["item"]
        assert item.num_nodes == (4 if number else 2)
        assert [key for key in item if key.startswith("m")] == list(features)


def test_a_table_without_labels_is_split_per_user() -> None:
    users, items = np.repeat(np.arange(5), 10), np.tile(np.arange(10), 5)
    data = build_hetero_data((users, items))
    assert data[INTERACTS].edge_index.size(1) == 40
    assert data[INTERACTS][VALID][0].tolist() == data[INTERACTS][TEST][0].tolist() == [0, 1, 2, 3, 4]
    other = build_hetero_data((users, items, np.zeros(50, int)), split=RatioSplit(seed=1))
    assert other[INTERACTS].edge_index.size(1) == 40
    assert not torch.equal(data[INTERACTS].edge_index, other[INTERACTS].edge_index)


def test_a_drawn_split_never_tears_a_repeated_pair_apart() -> None:
    users, items = np.zeros(60, int), np.tile(np.arange(20), 3)
    data = build_hetero_data((users, items))
    parts = [data[INTERACTS].edge_index, data[INTERACTS][VALID], data[INTERACTS][TEST]]
    assert sorted(torch.cat(parts, dim=1)[1].tolist()) == list(range(20))


def test_what_is_legal_but_strange_is_counted_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        data = build_hetero_data(
            ([0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 2, 1]), user_ids=range(3), item_ids=range(4)
        )
    assert data[INTERACTS].edge_index.tolist() == [[0], [0]]
    assert data[INTERACTS][TEST].tolist() == [[0], [0]]
    assert caplog.messages == [
        "merged 1 rows that repeat a pair of user and item",
        "2 users and 3 items have no training edge",
        "1 held-out pairs are training edges too",
    ]


def test_items_that_lack_a_modality_are_masked_where_that_is_asked_for(caplog) -> None:
    image = MATRIX.copy()
    image[1] = np.nan  # of item "d"
    features = {"text": (MATRIX[:2], ["c", "a"]), "image": (image, ["c", "d", "a", "b"])}
    with caplog.at_level(logging.INFO):
        item = build_hetero_data((USERS, ITEMS, LABELS), features, missing="mask")["item"]
    assert item.raw_id == IdMap(["c", "a", "d", "b"])
    assert item.text_available.tolist() == [True, True, False, False]
    assert item.text.tolist() == [*MATRIX[:2].tolist(), [0, 0], [0, 0]]
    assert item.image_available.tolist() == [True, True, False, True]
    assert item.image.tolist() == [*MATRIX[[0, 2]].tolist(), [0, 0], MATRIX[3].tolist()]
    assert "2 of 4 items lack text" in caplog.messages


def test_nobody_is_masked_where_all_have_everything() -> None:
    data = build_hetero_data((USERS, ITEMS, LABELS), {"text": (MATRIX, ["c", "d", "a", "b"])}, missing="mask")
    assert "text_available" not in data["item"]


TRAIN = ([0, 1], [0, 3], [0, 0])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            {"features": {"text": MATRIX[:3]}},
            r"'interactions.item' needs to be within 0 to 2, the row .* of features\['text'\].*got \[3\]",
            id="an item without a row",
        ),
        pytest.param(
            {"features": {"text": MATRIX, "image": MATRIX[:3]}},
            r"'features\['image'\]' needs to be a matrix of 4 rows, as features\['text'\].*got '3 rows'",
            id="rows that differ",
        ),
        pytest.param(
            {"features": {"text": MATRIX}, "item_ids": range(5)},
            r"'features\['text'\]' needs to be .* one row for each of the 5 items .* \(got '4 rows'\)",
            id="rows that are not items",
        ),
        pytest.param(
            {"features": {"text": np.where(MATRIX == 2, np.nan, MATRIX)}},
            r"'features\['text'\]' needs to be finite in float32 .*NaN or infinity in 1 rows, \[1\]",
            id="NaN",
        ),
        pytest.param(
            {"features": {"text": np.where(MATRIX // 2 == 1, np.nan, MATRIX)}},
            r"'features\['text'\]' needs to be a matrix with a row for each item .*\[1\].*missing='mask'",
            id="a row of NaN",
        ),
        pytest.param(
            {"features": {"text": MATRIX * np.nan}, "missing": "mask"},
            r"'features\['text'\]' needs to be a matrix with a row for some item",
            id="nothing but NaN",
        ),
        pytest.param(
            {"features": {"text": (MATRIX, range(4))}, "item_ids": range(5)},
            r"'features\['text'\]' needs to be a matrix with a row for each item .* \(got \[4\]\). Add",
            id="an item without features by id",
        ),
        pytest.param({"missing": "drop"}, r"'missing' needs to be one of .* \(got 'drop'\)", id="missing"),
        pytest.param(
            {"features": {"text": MATRIX.astype(int)}},
            r"'features\['text'\]' needs to be a floating-point matrix .*int64.*astype",
            id="wrong dtype",
        ),
        pytest.param(
            {"features": {"text": (MATRIX, [0, 1, 3, 3])}},
            r"'ids' needs to be free of duplicates in 'IdMap' \(got \[3\]\)",
            id="feature id twice",
        ),
        pytest.param(
            {"features": {"text": (MATRIX, [0, 1, 2, 9])}},
            r"'interactions.item' needs to be within the ids of features\['text'\] .* \(got \[3\]\)",
            id="item without features",
        ),
        pytest.param(
            {"features": {"text": "none.npy"}},
            r"'path' needs to be an existing .npy file in 'read_features' \(got 'none.npy'\)",
            id="missing feature file",
        ),
        pytest.param(
            {"features": [MATRIX]},
            r"'features' needs to be a mapping from modality names .* \(got 'list'\)",
            id="features without names",
        ),
        pytest.param(
            {"features": {"raw_id": MATRIX}},
            r"'features' needs to be keyed by modality names that are free .* \(got 'raw_id'\)",
            id="reserved modality",
        ),
        pytest.param(
            {"interactions": "none.inter"},
            r"'path' needs to be an existing file .* \(got 'none.inter'\)",
            id="missing table",
        ),
        pytest.param(
            {"interactions": {"userID": [0], "artist": [1]}},
            r"'columns.item' needs to be one of the columns \['userID', 'artist'\] .* \(got 'itemID'\)",
            id="unknown column",
        ),
        pytest.param(
            {"interactions": ([0], [1], [7])},
            r"'label' needs to be 0 \(train\), 1 \(valid\) or 2 \(test\) in each row .* \(got \[7\]\)",
            id="unknown label",
        ),
        pytest.param(
            {"interactions": ([0, 1], [0, 1], [1, 2])},
            r"'interactions' needs to be a table with training rows .* \(got '2 rows, none of them",
            id="empty train split",
        ),
        pytest.param(
            {"interactions": ([], [])},
            r"'interactions' needs to be a table with training rows .* \(got '0 rows",
            id="empty table",
        ),
        pytest.param(
            {"user_ids": [0]},
            r"'interactions.user' needs to be within 'user_ids' .* \(got \[1\]\). There are 1, such as \[0\]",
            id="user out of range",
        ),
        pytest.param(
            {"item_ids": ["0", "3"]},
            r"'interactions.item' needs to be within 'item_ids' .*got \[0, 3\]\). There are 2, such as \['0'",
            id="item ids of another type",
        ),
        pytest.param(
            {"interactions": (["u", "v"], [0, 3], [0, 0]), "user_ids": [0, 3]},
            r"'interactions.user' .* The other column is within them: users and items seem to be swapped",
            id="users and items swapped",
        ),
        pytest.param(
            {"interactions": {"text": MATRIX}, "features": TRAIN},
            r"'features' needs to be a mapping .*\(got 'tuple'\). .*the interactions come first",
            id="features and interactions swapped",
        ),
        pytest.param(
            {"split": RatioSplit},
            r"'split' needs to be a split .*Make one, as in split=RatioSplit\(\)",
            id="the class of a split",
        ),
        pytest.param({"split": 0.8}, r"'split' needs to be a split .*\(got 0.8\)", id="a number as split"),
        pytest.param(
            {"item_ids": [0, 3, 3]},
            r"'ids' needs to be free of duplicates in 'IdMap' \(got \[3\]\)",
            id="item id twice",
        ),
        pytest.param(
            {"interactions": ([0, 1], [0, 3]), "split": GivenSplit()},
            r"'interactions' needs to be a table with split labels in 'GivenSplit'",
            id="no labels",
        ),
        pytest.param(
            {"split": lambda table: np.array([0])},
            r"'label' needs to be as long as 'user' \(2 rows\) .* \(got '1 rows'\)",
            id="a split of another length",
        ),
    ],
)
def test_bad_input_is_a_clear_error(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_hetero_data(**{"interactions": TRAIN, **arguments})


def test_what_is_given_stays_as_it_was() -> None:
    table, matrix = Interactions(*map(np.array, TRAIN)), MATRIX.copy()
    data = build_hetero_data(table, {"text": matrix})
    data["item"]["text"].zero_()
    data[INTERACTS].edge_index.zero_()
    assert matrix.tolist() == MATRIX.tolist()
    assert table.item.tolist() == TRAIN[1]


def test_the_rows_of_a_frame_find_their_items() -> None:
    frame = pd.DataFrame({"x": [2.0, 1.0, 0.0]}, index=[2, 1, 0])
    data = build_hetero_data(([0, 0, 1, 1], [0, 1, 1, 2], [0, 1, 0, 2]), {"text": frame})
    assert data["item"].raw_id == IdMap(range(3))
    assert data["item"].text.tolist() == [[0.0], [1.0], [2.0]]
    named = build_hetero_data((USERS, ITEMS, LABELS), {"text": pd.DataFrame(MATRIX, index=[*"cdab"])})
    assert named["item"].raw_id == IdMap(["c", "d", "a", "b"])


def test_a_masked_row_is_an_item_that_lacks_the_modality() -> None:
    matrix = np.ma.masked_array(MATRIX, mask=MATRIX < 2)
    item = build_hetero_data(TRAIN, {"text": matrix}, missing="mask")["item"]
    assert item.text_available.tolist() == [False, True, True, True]
    assert item.text[0].tolist() == [0, 0]


def test_tiktok_is_what_was_published(real_data: Path) -> None:
    folder = real_data / "tiktok"
    data = build_hetero_data(folder / "tiktok.inter", {"image": folder / "image_feat.npy"})
    assert (data["user"].num_nodes, data["item"].num_nodes) == (9308, 6710)
    assert data["user"].num_nodes - data[INTERACTS].edge_index[0].unique().numel() == 10
    assert data["item"].num_nodes - data[INTERACTS].edge_index[1].unique().numel() == 465
    assert 25 < data["item"]["image"].norm(dim=1).mean() < 40


def test_baby_is_what_was_published(real_data: Path) -> None:
    data = build_hetero_data(real_data / "graphs" / "baby.inter")
    sizes = [data[INTERACTS][part].size(1) for part in (VALID, TEST)]
    assert (data["user"].num_nodes, data["item"].num_nodes) == (19445, 7050)
    assert [data[INTERACTS].edge_index.size(1), *sizes] == [118551, 21682, 20559]


def test_tokens_and_maps_are_stored_as_they_are_and_masked_as_vectors_are() -> None:
    tokens, maps = np.ones((4, 6, 3), dtype=np.float32), np.ones((4, 2, 5, 5), dtype=np.float32)
    tokens[2] = np.nan
    features = {"text": (tokens, list("abcd")), "image": (maps, list("dcba"))}
    item = build_hetero_data((USERS, ITEMS, LABELS), features, missing="mask")["item"]
    assert (item.text.shape, item.image.shape) == ((4, 6, 3), (4, 2, 5, 5))
    assert item.text_available.tolist() == [True, True, False, True]
    assert not item.text[2].any()
    assert "image_available" not in item
    with pytest.raises(ValueError, match=r"with a row for each item .*\['c'\].*missing='mask'"):
        build_hetero_data((USERS, ITEMS, LABELS), features)
