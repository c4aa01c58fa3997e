"""Files and objects: which are there, and which are the same."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch

from pygmmrec.encoders.objects import Objects

ARRAY = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)


def read(raw: object, *, text_is_path: bool = True) -> Objects:
    return Objects(raw, text_is_path=text_is_path, progress=False)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    for name, content in (("a", b"abc"), ("b", b"abd"), ("same", b"abc"), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in ("a", "b", "same", "empty", "gone", ".")]


def test_files_are_the_same_by_their_content(files: list[Path]) -> None:
    for raw in (
        files,
        [str(path) for path in files],
        pd.Series(list(map(str, files))),
        pa.array(map(str, files)),
    ):
        objects = read(raw)
        assert objects.missing.tolist() == [False, False, False, True, True, True]
        assert objects.first.tolist()[:3] == [0, 1, 0]
        assert objects.take(np.array([1, 0])) == [raw[1], raw[0]] or isinstance(raw, pa.Array)


def test_a_file_that_changed_is_another_one(files: list[Path]) -> None:
    before = read(files).digest
    assert read(files).digest == before
    files[1].write_bytes(b"abe")
    assert read(files).digest != before


def test_texts_are_paths_only_where_they_are_said_to_be(files: list[Path]) -> None:
    assert read(["gone", str(files[0])], text_is_path=False).missing.tolist() == [False, False]


@pytest.mark.parametrize("nothing", [None, b"", "", float("nan"), pd.NA])
def test_nothing_is_missing(nothing: object) -> None:
    assert read([b"a", nothing], text_is_path=False).missing.tolist() == [False, True]


def test_bytes_arrays_and_tensors_are_the_same_by_their_values() -> None:
    objects = read(
        [b"abc", bytearray(b"abc"), ARRAY, ARRAY.copy(), torch.from_numpy(ARRAY), ARRAY.reshape(2, 6)]
    )
    assert objects.first.tolist() == [0, 0, 2, 2, 2, 5]
    assert read(ARRAY).first.tolist() == [0, 1]  # one object for each row


def test_images_are_the_same_by_their_pixels() -> None:
    image = pytest.importorskip("PIL.Image", reason="needs the extra 'image'")
    red, blue = image.new("RGB", (2, 2), "red"), image.new("RGB", (2, 2), "blue")
    one, other = red.convert("P"), blue.convert("P")
    assert read([red, red.copy(), blue, one, other]).first.tolist() == [0, 0, 2, 3, 4]


@pytest.mark.parametrize(
    "raw", ["abc", b"abc", {"a": 1}, {"a"}, 7, [object()], [{"a": 1}], [np.array([None])]]
)
def test_anything_else_is_an_error(raw: object) -> None:
    with pytest.raises(ValueError, match="'raw' needs to be a"):
        read(raw)
