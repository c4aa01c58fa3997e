import errno
import os
import shutil
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from pygmmrec.training.folder import OutputFolder

Usage = namedtuple("Usage", "total used free")


def test_a_folder_to_write_to(tmp_path: Path) -> None:
    folder = OutputFolder(tmp_path / "a" / "b", "Run")
    assert folder.path.is_dir()
    assert os.listdir(folder.path) == []
    (tmp_path / "file").touch()
    for wrong in (tmp_path / "file", tmp_path / "file" / "b"):
        with pytest.raises(ValueError, match="'output' needs to be a folder to write to"):
            OutputFolder(wrong, "Run")


def test_one_that_refuses_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("pygmmrec.training.folder.tempfile.TemporaryFile", refuse)
    with pytest.raises(ValueError, match=r"'output' needs to be a folder to write to .*Read-only"):
        OutputFolder(tmp_path, "Run")


def test_one_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(9, 9, 3_000_000))
    with pytest.raises(ValueError, match=r"'output' needs .* 5.0 MB free .*got '.* with 3.0 MB'"):
        OutputFolder(tmp_path, "Run", num_bytes=5_000_000)
    (tmp_path / "state.pt").write_bytes(bytes(2_000_000))  # which is replaced
    assert OutputFolder(tmp_path, "Run", num_bytes=5_000_000).path == tmp_path


def test_it_stays_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = OutputFolder(Path("run"), "Run")
    monkeypatch.chdir("/")
    assert folder.path == folder.state.parent == folder.weights.parent == tmp_path / "run"


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no locks there")
def test_one_run_at_a_time(tmp_path: Path) -> None:
    first = OutputFolder(tmp_path, "Run")
    with pytest.raises(ValueError, match=r"'output' needs to be a folder that no other run writes to.*close"):
        OutputFolder(tmp_path, "Run")
    first.release()
    second = OutputFolder(tmp_path, "Run")
    del second  # a run that nobody has any more
    OutputFolder(tmp_path, "Run").release()
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no locks there")
def test_a_process_that_was_killed_has_no_folder(tmp_path: Path) -> None:
    code = f"""if True:
        import os, pathlib, signal
        from pygmmrec.training.folder import OutputFolder
        folder = OutputFolder(pathlib.Path({str(tmp_path)!r}), "Run")
        print("has it", flush=True)
        os.read(0, 1)
    """
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"has it\n"
        with pytest.raises(ValueError, match="no other run"):
            OutputFolder(tmp_path, "Run")
        other.kill()
    OutputFolder(tmp_path, "Run").release()
