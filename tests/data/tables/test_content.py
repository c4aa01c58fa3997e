"""What there is in a file besides its cells."""

import gzip
from pathlib import Path

import pytest

from pygmmrec.data.tables import content
from pygmmrec.data.tables.content import Layout, kind_of, layout_of, open_bytes, whole_content


@pytest.mark.parametrize("block", [1, 3, 100])
def test_the_layout_of_a_file(monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    monkeypatch.setattr(content, "BLOCK", block)
    assert layout_of(b"ab\nc\nd") == Layout(6, 2, 2, 0, False)
    assert layout_of(b"ab\r\nc\r\n") == Layout(7, 2, 2, 2, True)
    assert layout_of(b"ab") == Layout(2, 2, 0, 0, False)
    assert [layout_of(each).num_lines for each in (b"a\nb", b"a\n\n", b"a\rb\r", b"a")] == [2, 2, 2, 1]


def test_packed_files_are_unpacked(tmp_path: Path) -> None:
    plain, packed = tmp_path / "a.tsv", tmp_path / "b.tsv.gz"
    plain.write_bytes(b"abc")
    packed.write_bytes(gzip.compress(b"abc"))
    for path in (plain, packed):
        assert kind_of(path) == ".tsv"
        with open_bytes(path) as file, whole_content(path) as whole:
            assert file.read() == whole[:] == b"abc"
