import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pygmmrec.bundles import Manifest
from pygmmrec.bundles.manifest import FORMAT, MANIFEST, NEEDED, described


def manifest(folder: Path) -> Manifest:
    paths = [folder / name for name in ("a.bin", "b.bin", *NEEDED)]
    for path in paths:
        path.write_bytes(path.name.encode() * 1000)
    return Manifest(
        format=FORMAT, library="1.2.3", model={"module": "pygmmrec.models.bprmf", "name": "BPRMF"},
        config={"num_users": 3}, prepared=None, dataset="toy", seed=0, commit=None,
        created="2026-01-01T00:00:00", data={}, lineage=[], files=described(paths),
    )  # fmt: skip


def test_comes_back(tmp_path: Path) -> None:
    before = manifest(tmp_path)
    before.save(tmp_path)
    after = Manifest.load(tmp_path)
    assert after == before
    after.check_files(tmp_path)
    assert after.files["a.bin"]["size"] == 5000


@pytest.mark.parametrize(
    "damage",
    [lambda raw: raw[:-1], lambda raw: raw + b"x", lambda raw: b"A" + raw[1:], lambda raw: None],
    ids=["cut", "longer", "changed", "gone"],
)
def test_a_file_that_is_not_as_it_was_written_is_named(damage: Any, tmp_path: Path) -> None:
    told, path = manifest(tmp_path), tmp_path / "b.bin"
    content = damage(path.read_bytes())
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(
        ValueError, match=r"whose file 'b\.bin' is there, as it was written.*(damaged|missing)"
    ):
        told.check_files(tmp_path)


def test_files_elsewhere_are_none_of_a_bundle(tmp_path: Path) -> None:
    told = manifest(tmp_path)
    (tmp_path / "inner").mkdir()
    told = replace(told, files={"../a.bin": told.files["a.bin"], **told.files})
    with pytest.raises(ValueError, match=r"'\.\./a\.bin'"):
        told.check_files(tmp_path / "inner")


@pytest.mark.parametrize("name", ["model.safetensors", "graph.json", "graph.safetensors"])
def test_what_is_always_read_has_a_digest(name: str, tmp_path: Path) -> None:
    told = manifest(tmp_path)
    del told.files[name]
    with pytest.raises(ValueError, match=rf"a bundle that has a digest of '{name}'"):
        told.check_files(tmp_path)


def test_no_bundle_another_format_and_a_damaged_one_are_errors(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="an existing folder"):
        Manifest.load(tmp_path / "nowhere")
    with pytest.raises(ValueError, match=r"a bundle, with a file bundle\.json.*fit\(model, data, output"):
        Manifest.load(tmp_path)
    manifest(tmp_path).save(tmp_path)
    path = tmp_path / MANIFEST
    whole = json.loads(path.read_text())
    path.write_text(json.dumps({**whole, "format": 2, "library": "9.9.9", "more": 1}))
    with pytest.raises(
        ValueError, match=r"a bundle of format 1 .*of format 2.*pygmmrec 9\.9\.9, which wrote"
    ):
        Manifest.load(tmp_path)
    for damaged in (json.dumps({**whole, "seed": "x"}), json.dumps(whole)[:-9], "[]"):
        path.write_text(damaged)
        with pytest.raises(ValueError, match="'path' needs to be"):
            Manifest.load(tmp_path)
