"""A damaged file is one clear error, whatever is wrong with it."""

import random
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from pygmmrec.training.files.npz import read_npz

ARRAYS = {"user": np.arange(30, dtype=np.int32), "recall@20": np.linspace(0, 1, 30, dtype=np.float32)}


def read(path: Path) -> dict[str, np.ndarray]:
    return read_npz(path, ["user"], "load_per_user", "Train again.")


def save(folder: Path, **arrays: np.ndarray) -> Path:
    path = folder / "p.npz"
    np.savez_compressed(path, **arrays)
    return path


def test_what_was_saved_comes_back(tmp_path: Path) -> None:
    found = read(save(tmp_path, **ARRAYS))
    assert {name: array.tolist() for name, array in found.items()} == {
        name: array.tolist() for name, array in ARRAYS.items()
    }


def test_any_damage_is_a_clear_error_or_harmless(tmp_path: Path) -> None:
    path = save(tmp_path, **ARRAYS)
    whole, rng = path.read_bytes(), random.Random(0)
    for _ in range(300):
        damaged = bytearray(whole)
        for _ in range(rng.choice([1, 3])):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        path.write_bytes(damaged if rng.random() < 0.8 else damaged[: rng.randrange(len(damaged))])
        with suppress(ValueError):  # and nothing else
            assert read(path)["user"].tolist() == ARRAYS["user"].tolist()


class Bomb:
    """Fails a test that unpickles it."""

    def __reduce__(self) -> tuple:
        return (pytest.fail, ("unpickled",))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (
            {"user": np.array([Bomb()], dtype=object)},
            r"a complete .npz file in 'load_per_user' .*p.npz.*Train again",
        ),
        ({"item": np.arange(3)}, r"a .npz file with the arrays \['user'\] .*\['item'\]\"\). Train again"),
        ({"user": np.arange(3), "x": np.arange(2)}, "columns of numbers of one length"),
        ({"user": np.ones((2, 2))}, "columns of numbers of one length"),
        ({"user": np.array(["a"])}, "columns of numbers of one length"),
        ({"user": np.arange(3.0)}, r"whole numbers from zero in 'user' .*'user' of type float64 in .*p.npz"),
        ({"user": np.arange(-1, 2)}, "whole numbers from zero in 'user'"),
        ({"user": np.array([1, 2, 1])}, r"rows that differ in \['user'\]"),
        ({"user": np.arange(2), "x": np.array([0.5, np.nan])}, "finite numbers.*'x' of type float64"),
    ],
)
def test_other_files_are_errors(tmp_path: Path, arrays: dict, message: str) -> None:
    with pytest.raises(ValueError, match=f"'path' needs to be .*{message}"):
        read(save(tmp_path, **arrays))


def test_rows_differ_in_their_key_together(tmp_path: Path) -> None:
    path = save(tmp_path, user=np.array([1, 1, 2]), item=np.array([3, 4, 3]))
    names = ["user", "item"]
    assert read_npz(path, names, "load_per_pair", "")["item"].tolist() == [3, 4, 3]
    with pytest.raises(ValueError, match=r"rows that differ in \['user'\]"):
        read_npz(path, names, "load_per_pair", "", key=["user"])


def test_no_rows_are_fine(tmp_path: Path) -> None:
    assert read(save(tmp_path, user=np.arange(0)))["user"].size == 0


def archive(path: Path, *parts: tuple[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, content in parts:
            file.writestr(zipfile.ZipInfo(name), content)
    return path


def test_every_byte_of_a_part_counts(tmp_path: Path) -> None:
    np.save(tmp_path / "user.npy", np.arange(30, dtype=np.int32))
    whole = (tmp_path / "user.npy").read_bytes()
    path = archive(tmp_path / "p.npz", ("user.npy", whole))
    assert read(path)["user"].tolist() == list(range(30))
    # NumPy reads fewer numbers then, without a look at the checksum.
    path.write_bytes(path.read_bytes().replace(b"(30,)", b"(20,)"))
    with pytest.raises(ValueError, match=r"a complete .npz file.*Bad CRC-32"):
        read(path)
    with pytest.raises(ValueError, match=r"a complete .npz file.*bytes to spare after the array 'user'"):
        read(archive(path, ("user.npy", whole + b"0")))
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        pytest.raises(ValueError, match="the array 'user' is there twice"),
    ):
        read(archive(path, ("user.npy", whole), ("user.npy", whole)))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04"])
def test_what_is_no_such_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"'path' needs to be a complete .npz file"):
        read(path)
    with pytest.raises(ValueError, match=r"'path' needs to be an existing .npz file"):
        read(tmp_path / "none.npz")
    np.save(tmp_path / "a.npy", np.arange(3))
    with pytest.raises(ValueError, match=r"'path' needs to be a complete .npz file"):
        read(tmp_path / "a.npy")
