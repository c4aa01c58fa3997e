"""``pygmmrec export``."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pygmmrec.cli.main import main
from pygmmrec.serving import load


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("run")
    main(["train", "BPRMF", "--epochs=1", f"--output={folder}", "--device=cpu", "--embedding-dim=8"])
    return str(folder)


def test_vectors(run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "out"
    main(["export", run, f"--output={folder}", "--format", "numpy", "--dtype=float16"])
    assert f"{folder}/README.md says" in capsys.readouterr().out
    vectors = np.load(folder / "item_vectors.npy")
    assert vectors.dtype == np.float16
    assert vectors.shape == (len(load(run).items), 8)
    with pytest.raises(SystemExit, match="'folder' needs to be new"):
        main(["export", run, f"--output={folder}"])
    main(["export", run, f"--output={folder}", "--overwrite=true"])
    assert (folder / "items.parquet").is_file()


def test_lists(run: str, tmp_path: Path) -> None:
    main(["export", run, f"--output={tmp_path / 'out'}", "--lists=3", "--exclude=null"])
    rec = load(run)
    wanted = rec.recommend(list(rec.users.ids.ids), 3, exclude=None)
    assert pq.read_table(tmp_path / "out" / "lists")["item"] == wanted["item"]


def test_lists_of_some_items(run: str, tmp_path: Path) -> None:
    (tmp_path / "stock.csv").write_text("id\n4\n5\n")
    options = [f"--output={tmp_path / 'out'}", f"--candidates={tmp_path / 'stock.csv'}"]
    with pytest.raises(SystemExit, match="'lists' needs to be given where candidates are"):
        main(["export", run, *options])
    main(["export", run, *options, "--lists=3", "--exclude=null"])
    assert set(pq.read_table(tmp_path / "out" / "lists")["item"].to_pylist()) == {4, 5}
