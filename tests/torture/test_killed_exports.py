"""A writer of a folder that was killed, at whatever moment, loses no earlier one and leaves nothing."""

import os
from pathlib import Path

import pytest

from attacks.forked import Forked
from attacks.moments import Moments
from pygmmrec.serving.export.folder import new_folder, write_about

pytestmark = [
    pytest.mark.torture,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
]

FILES = 4


def write(target: Path, content: str, overwrite: bool) -> None:
    """An export of four files of one content, and what it says of itself."""
    with new_folder(target, overwrite, "here") as folder:
        for number in range(FILES):
            (folder / str(number)).write_text(content)
        write_about(folder, {}, content)


def held(target: Path) -> str:
    """The content of an export, which is whole."""
    names = [*map(str, range(FILES)), "README.md"]
    assert sorted(path.name for path in target.iterdir()) == sorted([*names, "export.json"])
    (content,) = {(target / name).read_text() for name in names}
    return content


@pytest.mark.parametrize("earlier", [False, True], ids=["new", "overwritten"])
def test_at_every_moment_of_a_folder(earlier: bool, tmp_path: Path) -> None:
    def of_case(name: str) -> Path:
        target = tmp_path / name / "out"
        if earlier:
            write(target, "old", False)
        target.parent.mkdir(exist_ok=True)
        return target

    def counted(target: Path, told: Path) -> None:
        moments = Moments(target.parent)
        write(target, "new", earlier)
        told.write_text(str(moments.count))

    def dies(target: Path, moment: int) -> None:
        Moments(target.parent, moment)
        write(target, "new", earlier)

    whole, told = of_case("undisturbed"), tmp_path / "moments"
    assert Forked(lambda: counted(whole, told), tmp_path / "log").result() == 0
    assert held(whole) == "new"
    count = int(told.read_text())
    assert count >= (13 if earlier else 4)  # a folder is made and takes a place; with one there, two more do
    for moment in range(1, count + 1):
        target = of_case(f"moment-{moment}")
        assert Forked(lambda t=target, m=moment: dies(t, m), tmp_path / "log").result() == -9
        try:
            write(target, "next", False)
        except ValueError:  # there is one, and it is whole
            assert held(target) in ("old", "new")
            write(target, "next", True)
        else:
            assert not earlier
        assert held(target) == "next"
        assert [path.name for path in target.parent.iterdir()] == ["out"]
