"""A disk that is full or read-only is an error that says so, before or without harm to what is there."""

import os
import re
import resource
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from attacks.folder import differences, left_by
from attacks.forked import Forked
from attacks.small import small_run

pytestmark = pytest.mark.torture


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"cannot mount here: {done.stderr.strip() or done.returncode}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, of 64 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not Path("/proc/mounts").exists():
        pytest.skip("only Linux has tmpfs")
    mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder))
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def trained(folder: Path, log: Path, *, resume: bool = False, limit: int | None = None) -> tuple[int, str]:
    """The exit status and the last line of a run of its own process, whose files may be limited in size."""

    def train() -> None:
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (before[0] if limit is None else limit, before[1]))
        try:
            small_run(folder, 3, resume=resume)
        finally:  # or it could not be told
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    log.unlink(missing_ok=True)
    child = Forked(train, log)
    status = child.result()
    lines = log.read_text().strip().splitlines() if log.exists() else []
    return status, lines[-1] if lines else ""


def test_a_full_disk(disk: Path, tmp_path: Path) -> None:
    (disk / "ballast").write_bytes(bytes(40_000))
    status, last = trained(disk / "run", tmp_path / "log")
    assert status == 3
    assert last.startswith(("OSError: ", "ValueError: ")), last
    assert str(disk / "run") in last, last
    assert re.search(r"[0-9] MB (are )?(left|free)", last), last
    left = [path.name for path in (disk / "run").iterdir() if path.name.startswith(".writing-")]
    assert left == []
    (disk / "ballast").unlink()
    mount("-o", "remount,size=4m", str(disk))
    assert trained(disk / "run", tmp_path / "log", resume=True)[0] == 0
    small_run(tmp_path / "alone", 3)
    assert differences(left_by(disk / "run"), left_by(tmp_path / "alone")) == []


def test_a_read_only_disk(disk: Path, tmp_path: Path) -> None:
    mount("-o", "remount,ro,size=4m", str(disk))
    status, last = trained(disk / "run", tmp_path / "log")
    assert status == 3
    assert "'output' needs to be" in last, last
    assert str(disk / "run") in last, last


def test_a_disk_that_is_read_only_when_it_goes_on(disk: Path, tmp_path: Path) -> None:
    mount("-o", "remount,size=4m", str(disk))
    assert trained(disk / "run", tmp_path / "log")[0] == 0
    before = {path.name: path.read_bytes() for path in (disk / "run").iterdir()}
    mount("-o", "remount,ro", str(disk))
    status, last = trained(disk / "run", tmp_path / "log", resume=True)
    assert status == 3
    assert str(disk / "run") in last, last
    assert {path.name: path.read_bytes() for path in (disk / "run").iterdir()} == before


@pytest.mark.skipif(not hasattr(resource, "RLIMIT_FSIZE"), reason="needs a limit of file sizes")
@pytest.mark.parametrize("limit", [0, 100, 2_000, 4_000])
def test_files_that_may_not_grow(tmp_path: Path, limit: int) -> None:
    status, last = trained(tmp_path / "run", tmp_path / "log", limit=limit)
    if status == 0:  # what is nice to have may fail, with a warning
        assert (tmp_path / "run" / "result.json").is_file()
    else:
        assert last.startswith(("OSError: ", "ValueError: ")), last
        assert str(tmp_path / "run") in last, last
    assert trained(tmp_path / "run", tmp_path / "log", resume=True)[0] == 0
    small_run(tmp_path / "alone", 3)
    assert differences(left_by(tmp_path / "run"), left_by(tmp_path / "alone")) == []


@pytest.mark.parametrize("what", ["a file", "below a file", "no permission"])
def test_a_folder_that_cannot_be_one(tmp_path: Path, what: str) -> None:
    (tmp_path / "file").touch()
    output = tmp_path / {"a file": "file", "below a file": "file/run", "no permission": "closed"}[what]
    if what == "no permission":
        output.mkdir(mode=0o500)
        if os.access(output, os.W_OK):
            pytest.skip("root may write anywhere")
    with pytest.raises(ValueError, match=r"'output' needs to be ") as caught:
        small_run(output, 2)
    assert str(output) in str(caught.value)
