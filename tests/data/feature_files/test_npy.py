"""A damaged file is one clear error, whatever is wrong with it."""

import random
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from pygmmrec.data import read_features
from pygmmrec.data.feature_files import npy
from pygmmrec.data.feature_files.npy import read_npy

MATRIX = np.arange(60, dtype=np.float32).reshape(12, 5)


def save(folder: Path) -> tuple[Path, bytes]:
    path = folder / "text_feat.npy"
    np.save(path, MATRIX)
    return path, path.read_bytes()


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    path, _ = save(tmp_path)
    found = read_npy(path, "text")
    assert found.values.tolist() == MATRIX.tolist()
    assert found.ids is None


@pytest.mark.parametrize("dtype", ["float32", "float16", "float64", ">f4"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_large_matrix_is_mapped_and_its_file_never_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dtype: str, order: str
) -> None:
    path, _ = save(tmp_path)
    np.save(path, MATRIX.astype(dtype, order=order))
    before = path.read_bytes()
    monkeypatch.setattr(npy, "MAPPED", 1)
    assert isinstance(read_npy(path, "text").values, np.memmap)
    features = read_features(path).values
    assert features.tolist() == MATRIX.tolist()
    features[:] = 0.0
    assert path.read_bytes() == before


def test_a_mapped_matrix_is_not_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, _ = save(tmp_path)
    monkeypatch.setattr(npy, "MAPPED", 1)
    features = read_features(path).values
    np.save(path, MATRIX + 1)  # in place
    assert features.tolist() == (MATRIX + 1).tolist()
    monkeypatch.undo()
    features = read_features(path).values
    np.save(path, MATRIX)
    assert features.tolist() == (MATRIX + 1).tolist()


def header(raw: bytes, old: bytes, new: bytes) -> bytes:
    """Another header of the same length; spaces fill it."""
    assert old in raw[:128]
    text = raw[10:127].replace(old, new).rstrip()
    return raw[:10] + text.ljust(117) + b"\n" + raw[128:] if len(text) < 118 else raw[:10] + text + raw[128:]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"(12, 5)", b"(1000000000000, 128)"),
        (b"(12, 5)", b"(99999999999999999999, 5)"),
        (b"(12, 5)", b"(-12, -5)"),
        (b"(12, 5)", b"(11, 5)"),
        (b"(12, 5)", b"(12.0, 5)"),
        (b"(12, 5)", b"((((("),
        (b"'<f4'", b"'<f8'"),
        (b"'<f4'", b"'bogus'"),
        (b"'<f4'", b"None"),
        (b"False", b"(("),
        (b"{", b"\0"),
    ],
)
def test_a_damaged_header_is_an_error(tmp_path: Path, old: bytes, new: bytes) -> None:
    path, raw = save(tmp_path)
    path.write_bytes(header(raw, old, new))
    with pytest.raises(
        ValueError, match=r"'path' needs to be a complete .npy file .*text_feat.npy.*Save it again"
    ):
        read_npy(path, "text")


@pytest.mark.parametrize("change", [lambda raw: raw + b"\0", lambda raw: raw[:-1], lambda raw: raw[:60]])
def test_bytes_to_spare_or_too_few_are_errors(tmp_path: Path, change) -> None:
    path, raw = save(tmp_path)
    path.write_bytes(change(raw))
    with pytest.raises(ValueError, match=r"a complete .npy file"):
        read_npy(path, "text")


def test_any_change_of_the_header_is_an_error_or_harmless(tmp_path: Path) -> None:
    path, raw = save(tmp_path)
    rng = random.Random(0)
    for _ in range(300):
        damaged = bytearray(raw)
        damaged[rng.randrange(128)] = rng.randrange(256)
        path.write_bytes(damaged)
        with suppress(ValueError):  # and nothing else
            assert read_npy(path, "text").values.size == MATRIX.size


@pytest.mark.parametrize("array", [MATRIX.astype(int), np.array(["a"]), MATRIX.astype(complex)])
def test_other_numbers_than_floats_are_errors(tmp_path: Path, array: np.ndarray) -> None:
    path = tmp_path / "text_feat.npy"
    np.save(path, array)
    with pytest.raises(ValueError, match="'text' needs to be a floating-point matrix"):
        read_npy(path, "text")
