from pathlib import Path

from pygmmrec.experiment.settings.toml import FOLDER, read_toml


def test_tables_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('# ü\n[model]\nk = 3\nname = "é"\n', encoding="utf-8")
    assert read_toml(tmp_path / "a.toml") == {"model": {"k": 3, "name": "é"}}


def test_the_files_of_the_package_are_in_it() -> None:
    folders = {path.name for path in FOLDER.iterdir() if path.is_dir()}
    assert {"presets", "spaces", "published"} < folders
