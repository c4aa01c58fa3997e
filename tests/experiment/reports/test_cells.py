import csv
from pathlib import Path

from pygmmrec.experiment.reports.cells import circumstances, mean_std, notes, p_text, write_table
from pygmmrec.experiment.reports.results import Comparison


def test_numbers_as_text() -> None:
    assert mean_std([0.1, 0.3]) == "0.2000 ± 0.1414"
    assert mean_std([0.12345]) == "0.1235"
    assert (p_text(None), p_text(0.01234)) == ("", "0.012")


def test_a_table_is_written_whole(tmp_path: Path) -> None:
    rows = [{"a": "1, 2", "b": "é"}, {"a": "3", "b": ""}]
    write_table(tmp_path / "new" / "table.csv", rows)
    with (tmp_path / "new" / "table.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == rows


def test_circumstances_name_each_thing_once(comparison: Comparison) -> None:
    said = circumstances(run for runs in comparison.runs.values() for run in runs.values())
    assert (said["dataset"], said["seeds"]) == ("tiny", "1, 2")
    assert said["device"].startswith("cpu (")
    (command,) = [row["is"] for row in notes(said) if row["what"] == "command"]
    assert command.startswith("``")
