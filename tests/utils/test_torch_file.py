"""A file of torch is believed only where its checksums are right."""

import pickle
import zipfile
from pathlib import Path

import pytest
import torch

from pygmmrec.utils.torch_file import load_plain

VALUES = torch.arange(600.0).reshape(100, 6)


@pytest.mark.parametrize("zipped", [True, False])
def test_comes_back_as_it_was(tmp_path: Path, zipped: bool) -> None:
    torch.save({"x": VALUES, "ids": [1, 2]}, tmp_path / "a.pt", _use_new_zipfile_serialization=zipped)
    found = load_plain(tmp_path / "a.pt")
    assert torch.equal(found["x"], VALUES)
    assert found["ids"] == [1, 2]


def test_a_flipped_byte_of_a_value(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    torch.save(VALUES, path)
    raw = path.read_bytes()
    place = raw.index(VALUES.numpy().tobytes()) + 1000
    path.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
    assert not torch.equal(torch.load(path), VALUES)  # torch itself believes it
    with pytest.raises(zipfile.BadZipFile, match="damaged"):
        load_plain(path)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(pickle.dumps(Path("x")))
    with pytest.raises(pickle.UnpicklingError):
        load_plain(tmp_path / "a.pt")
