from pathlib import Path

from pygmmrec.experiment.reports.report import all_tables, render, short, write_reports
from pygmmrec.experiment.reports.results import Comparison, load_comparisons

REPO = Path(__file__).parents[3]
COMMITTED = REPO / "benchmarks" / "results" / "comparison"


def test_the_report_can_be_written_from_its_own_copy(report: Path, tmp_path: Path) -> None:
    write_reports(load_comparisons(report / "raw"), tmp_path, ["VBPR"])
    names = sorted(path.name for path in report.glob("*.*"))
    assert names == sorted(path.name for path in (tmp_path / "tiny").glob("*.*"))
    tables = ("accuracy", "headline", "cost", "beyond", "users", "items", "search", "pairs", "notes")
    figures = ("cost", "convergence", "users", "items", "ranks")
    assert set(names) == {
        "report.md",
        *(f"{name}.csv" for name in tables),
        *(f"{name}.png" for name in figures),
    }
    for name in names:
        assert (tmp_path / "tiny" / name).read_bytes() == (report / name).read_bytes(), name
    write_reports(load_comparisons(report), report.parent, ["VBPR"])  # over itself, from its own raw results
    assert len(list(report.glob("raw/*/given/seed-*/result.json"))) == 6


def test_without_headline_systems_there_is_no_such_table(comparison: Comparison) -> None:
    assert "headline" not in all_tables(comparison, ())
    text = render({"tiny": comparison})
    assert text.startswith("| model | test recall@10 |")
    assert " against " not in text.partition("Command:")[2]


def test_the_committed_tables_are_those_of_their_raw_results() -> None:
    (found,) = load_comparisons(COMMITTED).values()
    for name, rows in all_tables(found, ["CRANE", "MambaRec"]).items():
        lines = (COMMITTED / "tiktok" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        assert len(lines) == len(rows) + 1, name
        assert all(cell in lines[1] for cell in rows[0].values() if '"' not in cell), name
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    assert short({"tiktok": found}) in readme
    assert "CRANE against MambaRec" in render({"tiktok": found}, ["CRANE", "MambaRec"])
