"""A folder appears whole or not at all, and replaces nothing that is no export."""

import json
from pathlib import Path

import pytest

from pygmmrec.serving.export.folder import new_folder, write_about


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_it_appears_once_it_is_complete(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "out"
    with new_folder(target, False, "here") as folder:
        write_about(folder, {"format": "numpy"}, "# Read\n")
        assert not target.exists()
    assert left(target) == ["README.md", "export.json"]
    assert json.loads((target / "export.json").read_text()) == {"format": "numpy"}
    assert left(target.parent) == ["out"]


def test_nothing_is_left_of_a_failure(tmp_path: Path) -> None:
    opened = new_folder(tmp_path / "out", False, "here")
    (opened.__enter__() / "half").write_text("")
    assert len(left(tmp_path)) == 1
    opened.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert left(tmp_path) == []


def test_an_export_is_replaced_if_told_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "out"
    target.mkdir()
    with new_folder(target, False, "here") as folder:  # an empty one will do
        write_about(folder, {}, "old")
    with pytest.raises(ValueError, match=r"'folder' needs to be new.*overwrite=True"):
        new_folder(target, False, "here").__enter__()
    with new_folder(target, True, "here") as folder:
        (folder / "new").write_text("")
    assert left(target) == ["new"]
    with pytest.raises(ValueError, match="'folder' needs to be new"):  # it has no export.json
        new_folder(target, True, "here").__enter__()
    assert left(target) == ["new"]
