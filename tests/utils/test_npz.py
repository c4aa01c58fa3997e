import zipfile
from pathlib import Path

import numpy as np
import pytest

from pygmmrec.utils.npz import read_arrays


def test_arrays_of_any_type_but_objects(tmp_path: Path) -> None:
    arrays = {"a": np.arange(12).reshape(3, 4), "b": np.array(["x", "yz"]), "c": np.array(7.0)}
    np.savez_compressed(tmp_path / "p.npz", **arrays)
    found = read_arrays(tmp_path / "p.npz")
    assert {name: array.tolist() for name, array in found.items()} == {
        n: a.tolist() for n, a in arrays.items()
    }
    np.savez(tmp_path / "p.npz", a=np.array([{}]))
    with pytest.raises(ValueError, match="Object arrays cannot be loaded"):
        read_arrays(tmp_path / "p.npz")


def test_a_part_is_as_long_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "p.npz"
    np.savez(path, a=np.arange(3))
    with zipfile.ZipFile(path) as archive:
        raw = archive.read("a.npy")
    for content, message in ((raw + b"\0", "bytes to spare"), (raw[:-1], "EOF")):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.npy", content)
        with pytest.raises(ValueError, match=message):
            read_arrays(path)
