"""``pygmmrec recommend``."""

from pathlib import Path

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from pygmmrec.cli.main import main
from pygmmrec.cli.recommend import as_raw_ids
from pygmmrec.serving import load


def test_it_prints_what_python_gives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = str(tmp_path / "run")
    main(["train", "BPRMF", "--epochs=1", f"--output={run}", "--device=cpu"])
    capsys.readouterr()
    wanted = load(run).recommend([3, 1], 4)
    main(["recommend", run, "3,1", "--k=4"])
    said = pyarrow.csv.read_csv(pyarrow.BufferReader(capsys.readouterr().out.encode()))
    assert said["item"].to_pylist() == wanted["item"].to_pylist()
    assert said["user"].to_pylist() == [3] * 4 + [1] * 4
    for name in ("out.csv", "out.parquet"):
        main(["recommend", run, "--users=3", "--k=4", "--output", str(tmp_path / name)])
    one = pq.read_table(tmp_path / "out.parquet")
    assert one.drop("score") == wanted.slice(0, 4).drop("score")
    assert pyarrow.csv.read_csv(tmp_path / "out.csv")["item"].to_pylist() == wanted["item"].to_pylist()[:4]
    (tmp_path / "stock.csv").write_text("item\n4\n5\n6\n")
    main(["recommend", run, "3", "--exclude=null", f"--candidates={tmp_path / 'stock.csv'}"])
    said = pyarrow.csv.read_csv(pyarrow.BufferReader(capsys.readouterr().out.encode()))
    assert sorted(said["item"].to_pylist()) == [4, 5, 6]
    with pytest.raises(SystemExit, match="'filter' needs to be None where nothing is known"):
        main(["recommend", run, "3", "--filter", "genre=jazz", "--filter", "genre=soul"])
    with pytest.raises(SystemExit, match="'output' needs to be a file that ends in"):
        main(["recommend", run, "3", "--output=out.txt"])
    with pytest.raises(SystemExit, match="'users' needs to be users of the model"):
        main(["recommend", run, "123456"])


def test_words_are_ids_of_the_type_that_the_model_has() -> None:
    assert as_raw_ids("ada", ["bob"]) == ["ada"]
    assert as_raw_ids('1,"2,3"', ["7"]) == ["1", "2,3"]
    assert as_raw_ids("1,-2", range(3)) == [1, -2]
    with pytest.raises(ValueError, match="integers, as the ids of the model are"):
        as_raw_ids("ada", [1, 2])
