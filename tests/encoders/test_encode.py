"""The verb, with functions of one's own: no extra is needed for anything here."""

import logging
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from pygmmrec.data import IdMap
from pygmmrec.data.ids_file import read_ids
from pygmmrec.data.sidecar import Sidecar
from pygmmrec.encoders import FunctionEncoder, encode, partial

IDS = ["d", "b", "a", "c", "e"]
TEXTS = ["banana", "", "a", "banana", "kiwi"]
ROWS = [[6, 3], [np.nan, np.nan], [1, 1], [6, 3], [4, 0]]


def same(values: torch.Tensor, rows: object) -> bool:
    return np.array_equal(values.numpy(), np.array(rows, dtype=np.float32), equal_nan=True)


@pytest.mark.parametrize(
    "raw",
    [
        TEXTS,
        tuple(TEXTS),
        iter(TEXTS),
        np.array(TEXTS),
        pd.Series(TEXTS),
        pd.Series([text or None for text in TEXTS], dtype=object),
        pd.Series([text or np.nan for text in TEXTS], dtype="category"),
        pa.array([text or None for text in TEXTS]),
        pa.chunked_array([TEXTS[:2], TEXTS[2:]]),
    ],
)
@pytest.mark.parametrize("batch_size", [1, 2, 64])
def test_each_row_is_of_its_text(raw: object, batch_size: int, letters) -> None:
    if not hasattr(raw, "__len__"):
        raw = iter(TEXTS)
    features = encode(IDS, raw, letters, batch_size=batch_size)
    assert same(features.values, ROWS)
    assert features.ids == IdMap(IDS)


def test_columns_are_joined_by_a_template() -> None:
    frame = pd.DataFrame({"name": ["A", None, "C"], "tags": ["x, y", None, ""], "year": [1, 2, 3]})
    seen: list[str] = []

    def notice(batch: list[str]) -> torch.Tensor:
        seen.extend(batch)
        return torch.ones(len(batch), 2)

    encoder = FunctionEncoder(notice, template="{name}: {tags}")
    for columns in (frame, pa.Table.from_pandas(frame), dict(frame.items())):
        seen.clear()
        features = encode(["u", "v", "w"], columns, encoder)
        assert seen == ["A: x, y", "C: "]
        assert same(features.values, [[1, 1], [np.nan] * 2, [1, 1]])


def test_equal_values_are_encoded_once(counting) -> None:
    model = counting()
    encode(range(6), ["a", "bb", "a", "a", "", "bb"], model, batch_size=2)
    assert model.batches == [["bb", "a"]]


def test_missing_ones_are_counted_and_listed(letters, tmp_path: Path, caplog) -> None:
    path = tmp_path / "text_feat.npy"
    with caplog.at_level(logging.WARNING, logger="pygmmrec"):
        encode(range(30), ["a"] + [" \n"] * 29, letters, output=path)
    assert "text_feat.npy: 29 of 30 items have no features but a row of NaN: [1, 2, 3," in caplog.text
    sidecar = Sidecar.of(path)
    assert sidecar is not None
    assert (sidecar.num_missing, sidecar.missing) == (29, list(range(1, 21)))


def test_what_a_function_cannot_encode_is_missing_too(caplog) -> None:
    rows = {"a": [1.0, 2.0], "b": [np.nan, np.nan]}
    features = encode(["u", "v"], ["a", "b"], lambda batch: [rows[text] for text in batch])
    assert same(features.values, [[1, 2], [np.nan, np.nan]])
    assert "['v']" in caplog.text


def test_a_word_for_a_missing_text_is_told(letters, caplog) -> None:
    encode(range(3), ["nan", "a", "None"], letters)
    assert "2 texts are a word such as 'nan'" in caplog.text


def test_files_say_whose_rows_they_are_and_where_they_come_from(letters, tmp_path: Path) -> None:
    path = tmp_path / "new" / "text_feat.npy"
    features = encode(IDS, TEXTS, letters, output=path, batch_size=2, device="cpu")
    assert same(features.values, ROWS)
    assert features.ids == read_ids(path) == IdMap(IDS)
    assert same(torch.from_numpy(np.load(path)), ROWS)
    sidecar = Sidecar.of(path)
    assert sidecar is not None
    sidecar.check(path)
    sidecar.check_ids(IDS)
    assert (sidecar.kind, sidecar.count, sidecar.row_shape, sidecar.batch_size) == ("function", 5, [2], 2)
    assert sidecar.model.endswith("letters")
    assert sidecar.revision is not None
    assert sidecar.settings == {"template": None}
    assert sidecar.missing == ["b"]
    assert {"python", "pygmmrec", "torch", "numpy"} <= set(sidecar.versions)
    names = {"text_feat.npy", "text_feat.ids.parquet", "text_feat.json"}
    assert {file.name for file in path.parent.iterdir()} == names


def test_made_twice_files_are_the_same_to_the_byte(letters, tmp_path: Path) -> None:
    for name in ("one.npy", "two.npy"):
        encode(IDS, TEXTS, letters, output=tmp_path / name)
    assert (tmp_path / "one.npy").read_bytes() == (tmp_path / "two.npy").read_bytes()


def test_a_finished_file_is_read_and_not_made_again(counting, tmp_path: Path) -> None:
    path = tmp_path / "text_feat.npy"
    encode(IDS, TEXTS, counting(), output=path)
    again = counting()
    features = encode(IDS, TEXTS, again, output=path, batch_size=1)
    assert same(features.values, ROWS)
    assert again.batches == []
    encode(IDS, TEXTS, again, output=path, overwrite=True)
    assert len(again.batches) == 1


@pytest.mark.parametrize(
    ("ids", "texts", "revision", "message"),
    [
        (IDS, [*TEXTS[:-1], "kiwa"], "1", "whose content is"),
        (IDS[::-1], TEXTS, "1", "whose ids is"),
        (IDS, TEXTS, "2", "whose revision is '1' there, and '2' now"),
        (IDS[:-1], TEXTS[:-1], "1", "count is 5 there, and 4 now"),
    ],
)
def test_a_file_of_other_settings_is_an_error(ids, texts, revision, message, letters, tmp_path: Path) -> None:
    path = tmp_path / "text_feat.npy"
    encode(IDS, TEXTS, FunctionEncoder(letters, revision="1"), output=path)
    before = path.read_bytes()
    other = FunctionEncoder(letters, revision=revision)
    with pytest.raises(ValueError, match=message):
        encode(ids, texts, other, output=path)
    assert path.read_bytes() == before
    encode(ids, texts, other, output=path, overwrite=True)
    assert read_ids(path) == IdMap(ids)


def test_a_function_that_was_changed_is_another_one(tmp_path: Path) -> None:
    path = tmp_path / "text_feat.npy"
    encode(IDS, TEXTS, lambda batch: np.ones((len(batch), 2)), output=path)
    with pytest.raises(ValueError, match="whose revision is"):
        encode(IDS, TEXTS, lambda batch: np.zeros((len(batch), 2)), output=path)


def test_somebody_elses_file_is_not_touched(letters, tmp_path: Path) -> None:
    path = tmp_path / "text_feat.npy"
    np.save(path, np.zeros((5, 2), dtype=np.float32))
    with pytest.raises(ValueError, match=r"without a \.json file.*overwrite=True"):
        encode(IDS, TEXTS, letters, output=path)
    assert not np.load(path).any()


def test_a_finished_file_that_was_changed_is_an_error(letters, tmp_path: Path) -> None:
    path = tmp_path / "text_feat.npy"
    encode(IDS, TEXTS, letters, output=path)
    path.write_bytes(path.read_bytes()[:-4] + b"\1" * 4)
    with pytest.raises(ValueError, match="changed or damaged"):
        encode(IDS, TEXTS, letters, output=path)


@pytest.mark.parametrize("stop_at", [0, 1, 3])
def test_an_interrupted_call_goes_on_where_it_stopped(stop_at: int, counting, tmp_path: Path) -> None:
    path = tmp_path / "text_feat.npy"
    ids, texts = range(8), [f"{'a' * n}b" for n in range(8)]
    whole = encode(ids, texts, counting(), output=tmp_path / "whole.npy", batch_size=2)
    with pytest.raises(KeyboardInterrupt):
        encode(ids, texts, counting(stop_at), output=path, batch_size=2)
    assert not path.exists()
    rest = counting()
    features = encode(ids, texts, rest, output=path, batch_size=2)
    assert len(rest.batches) == 4 - stop_at
    assert torch.equal(features.values, whole.values)
    assert path.read_bytes() == (tmp_path / "whole.npy").read_bytes()
    assert not [file.name for file in tmp_path.iterdir() if "partial" in file.name or "progress" in file.name]


def test_rows_of_other_settings_are_not_gone_on_with(counting, tmp_path: Path) -> None:
    path = tmp_path / "text_feat.npy"
    with pytest.raises(KeyboardInterrupt):
        encode(IDS, TEXTS, counting(1), output=path, batch_size=1)
    rest = counting()
    with pytest.raises(ValueError, match="whose batch_size is 1 there, and 2 now"):
        encode(IDS, TEXTS, rest, output=path, batch_size=2)
    assert rest.batches == []
    encode(IDS, TEXTS, rest, output=path, batch_size=2, overwrite=True)
    assert sum(map(len, rest.batches)) == 3


KILLED = """
import os, signal, sys
import numpy as np
from pygmmrec.encoders import FunctionEncoder, encode, partial

partial.SECONDS = 0
batches = 0

def letters(batch):
    global batches
    batches += 1
    if batches == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return np.array([[len(text), 1.0] for text in batch])

model = FunctionEncoder(letters, revision="1")
encode(range(8), ["a" * n for n in range(8)], model, output=sys.argv[1], batch_size=2)
"""


def test_a_killed_process_loses_only_the_batch_it_was_at(counting, tmp_path: Path) -> None:
    path = tmp_path / "text_feat.npy"
    done = subprocess.run([sys.executable, "-c", KILLED, str(path)], capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()
    rest = counting()
    same_function = FunctionEncoder(
        lambda batch: rest(batch) * [1, 0] + [0, 1], name="__main__.letters", revision="1"
    )
    features = encode(range(8), ["a" * n for n in range(8)], same_function, output=path, batch_size=2)
    assert len(rest.batches) == 2
    assert same(features.values, [[np.nan] * 2, *([n, 1] for n in range(1, 8))])


def test_two_processes_do_not_make_one_file(letters, tmp_path: Path) -> None:
    path = tmp_path / "text_feat.npy"
    with partial.Partial(path, {}), pytest.raises(ValueError, match="no other process makes"):
        encode(IDS, TEXTS, letters, output=path)


def test_objects_reach_a_function_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"abc")
    paths = [tmp_path / "a.bin", tmp_path / "gone.bin", None]
    features = encode(
        ["x", "y", "z"], paths, lambda batch: np.array([[float(p.stat().st_size)] for p in batch])
    )
    assert same(features.values, [[3], [np.nan], [np.nan]])
    sizes = encode(["x", "y"], [b"ab", b""], lambda batch: [[float(len(b))] for b in batch])
    assert same(sizes.values, [[2], [np.nan]])


def test_tokens_and_maps_are_features_too(tmp_path: Path) -> None:
    for shape in ((3, 2), (2, 3, 3)):
        path = tmp_path / f"feat{len(shape)}.npy"
        ones = np.ones((2, *shape))
        features = encode(range(3), ["a", "b", ""], lambda batch, rows=ones: rows, output=path)
        assert list(features.values.shape) == [3, *shape]
        assert features.values[2].isnan().all()


def with_ids(**changed: object) -> dict[str, object]:
    return {"ids": IDS, "raw": TEXTS, "model": lambda batch: np.ones((len(batch), 2)), **changed}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (with_ids(ids=IDS[:-1]), "'raw' needs to be one value for each of the 4 ids"),
        (with_ids(ids=["a", *IDS[:-1]]), "'ids' needs to be free of duplicates"),
        (with_ids(ids=[], raw=[]), "'ids' needs to be of one item or more"),
        (with_ids(raw=["", None, " ", "", ""]), "'raw' needs to be values of which one is there"),
        (with_ids(raw="abcde"), "'raw' needs to be a list or a column"),
        (with_ids(raw=[1, 2, 3, 4, 5]), "'raw' needs to be a column of paths, bytes"),
        (with_ids(raw={"a": TEXTS, "b": TEXTS}), "template='{a}: {b}'"),
        (with_ids(batch_size=0), "'batch_size' needs to be at least 1"),
        (with_ids(progress=1), "'progress' needs to be True or False"),
        (with_ids(device="gpu"), "'device' needs to be"),
        (with_ids(output="text_feat.npz"), r"'output' needs to be a \.npy file"),
        (with_ids(ids=[1, "a", "b", "c", "d"], output="a.npy"), "all integers or all texts"),
        (with_ids(model=7), "'model' needs to be a name"),
        (with_ids(model=lambda batch: np.ones((len(batch), 2), dtype=int)), "floating-point matrix"),
        (with_ids(model=lambda batch: np.ones((len(batch) + 1, 2))), "a model that gives 3 rows"),
        (with_ids(model=lambda batch: np.ones(len(batch))), "a model that gives 3 rows"),
        (with_ids(model=lambda batch: np.full((len(batch), 2), np.inf)), "a model of finite numbers"),
        (with_ids(model=lambda batch: np.full((len(batch), 2), 1e39)), "a model of finite numbers"),
        (with_ids(model=lambda batch: np.array([[1, np.nan]] * len(batch))), "rows of the ids"),
        (
            with_ids(model=lambda batch: np.ones((len(batch), len(batch[0]))), batch_size=1),
            "a model of rows of one shape",
        ),
    ],
)
def test_mistakes_are_told(arguments, message: str, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=message):
        encode(**arguments)
    assert [file.name for file in tmp_path.iterdir() if file.suffix == ".npy"] == []


def test_columns_of_pandas_need_one_index(letters) -> None:
    ids = pd.Series(IDS, index=[4, 3, 2, 1, 0])
    with pytest.raises(ValueError, match="of the same index"):
        encode(ids, pd.Series(TEXTS), letters)
