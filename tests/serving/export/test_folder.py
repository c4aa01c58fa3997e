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


def test_what_killed_writers_left_is_removed_by_the_next(tmp_path: Path) -> None:
    for name in (".exporting-out-abcd_123", ".exporting-other-abcdefgh", ".exporting-out"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "half").write_text("")
    with new_folder(tmp_path / "out", False, "here") as folder:
        write_about(folder, {}, "")
    assert left(tmp_path) == [".exporting-other-abcdefgh", ".exporting-out", "out"]


def test_what_somebody_still_writes_stays(tmp_path: Path) -> None:
    with new_folder(tmp_path / "out", True, "here") as slow:
        write_about(slow, {}, "slow")
        with new_folder(tmp_path / "out", False, "here") as quick:
            write_about(quick, {}, "quick")
        assert (tmp_path / "out" / "README.md").read_text() == "quick"
    assert (tmp_path / "out" / "README.md").read_text() == "slow"
    assert left(tmp_path) == ["out"]


def test_an_export_that_was_put_aside_is_put_back(tmp_path: Path) -> None:
    aside = tmp_path / ".exported-out-abcdefgh"
    aside.mkdir()
    write_about(aside, {}, "earlier")
    with pytest.raises(ValueError, match="overwrite=True"):
        new_folder(tmp_path / "out", False, "here").__enter__()
    assert left(tmp_path) == ["out"]
    assert (tmp_path / "out" / "README.md").read_text() == "earlier"


def test_an_export_that_cannot_be_replaced_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "out"
    with new_folder(target, False, "here") as folder:
        write_about(folder, {}, "earlier")
    replace = Path.replace

    def refuses(path: Path, to: Path) -> Path:
        if path.name.startswith(".exporting-"):
            raise OSError("no")
        return replace(path, to)

    def overwrite() -> None:
        with new_folder(target, True, "here"):
            pass

    monkeypatch.setattr(Path, "replace", refuses)
    with pytest.raises(OSError, match="no"):
        overwrite()
    assert left(tmp_path) == ["out"]
    assert (target / "README.md").read_text() == "earlier"
