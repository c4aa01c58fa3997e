import errno
import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pygmmrec.utils.files import exclusive, replacing, sha256_of


def test_appears_complete(tmp_path: Path) -> None:
    target = tmp_path / "new" / "result.json"
    with replacing(target) as temporary:
        assert temporary.suffix == ".json"
        assert temporary.parent == target.parent
        temporary.write_text("done")
        assert not target.exists()
    assert target.read_text() == "done"
    assert list(target.parent.iterdir()) == [target]


def test_a_failure_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    target.write_text("old")

    def write_half() -> None:
        with replacing(target) as temporary:
            temporary.write_text("hal")
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_half()
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path: Path) -> None:
    for name in (".writing-model-abcdefgh.safetensors", ".writing-a-b-abcd_123.pt", ".writing-x-12345678"):
        (tmp_path / name).write_text("hal")
    others = [".writing-notes.txt", ".my-settings.json", "writing-model-abcdefgh.pt"]
    for name in others:
        (tmp_path / name).write_text("mine")
    with replacing(tmp_path / "result.json") as temporary:
        temporary.write_text("done")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, "result.json"])


def test_what_somebody_still_writes_stays(tmp_path: Path) -> None:
    with replacing(tmp_path / "slow.json") as slow:
        slow.write_text("hal")
        with replacing(tmp_path / "quick.json") as quick:
            quick.write_text("done")
        assert slow.read_text() == "hal"
        slow.write_text("whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["quick.json", "slow.json"]


def test_many_writers_in_one_folder_never_take_each_others_files(tmp_path: Path) -> None:
    def write(number: int) -> None:
        for _ in range(20):
            with replacing(tmp_path / f"{number % 3}.json") as temporary:
                temporary.write_text(str(number))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.json", "1.json", "2.json"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OSError(errno.EFBIG, "File too large"),
        ValueError("I/O error: No space left on device"),
        RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534"),
    ],
)
def test_a_full_disk_names_the_path_and_the_space(tmp_path: Path, error: Exception) -> None:
    target = tmp_path / "model.safetensors"
    message = r"disk is full or the file too large, .* MB are left.*model\.safetensors"
    with pytest.raises(OSError, match=message) as full, replacing(target):
        raise error
    assert (full.value.errno, full.value.filename) == (errno.ENOSPC, str(target))
    assert list(tmp_path.iterdir()) == []


def test_one_at_a_time_has_a_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "log"
    with exclusive(path) as file:
        file.write(b"mine")
        with pytest.raises(BlockingIOError, match="Another process writes it"), exclusive(path):
            pass
    with exclusive(path) as file:
        assert file.read() == b"mine"


def test_a_file_that_was_removed_under_its_lock_is_nobodys(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "log"

    def locked_too_late(*_: object) -> None:
        path.unlink()

    monkeypatch.setattr("fcntl.flock", locked_too_late)
    with pytest.raises(BlockingIOError), exclusive(path):
        pass


def test_the_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    content = bytes(range(256)) * 8192  # more than one block
    (tmp_path / "a").write_bytes(content)
    with open(tmp_path / "a", "rb") as file:
        assert sha256_of(file) == hashlib.sha256(content).hexdigest()
        file.seek(7)
        assert sha256_of(file) == hashlib.sha256(content[7:]).hexdigest()
