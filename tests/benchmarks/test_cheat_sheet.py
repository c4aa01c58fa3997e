"""The cheat sheet has a row for each model, and its cells are what the code and the results say."""

import inspect
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from pygmmrec import models
from pygmmrec.training import FitResult

DOCS = Path(__file__).parents[2] / "docs"
NAMES = [name for name in models.__all__ if name != "Recommender"]
Script = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def page(script: Script) -> Iterator[Script]:
    """Importer of the files in docs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(DOCS))
        yield script


@pytest.fixture(scope="module")
def facts(page: Script) -> dict[str, Any]:
    made = page("model_facts")
    data = made.toy_graph()
    return {name: made.model_facts(name, data) for name in made.model_names()}


@pytest.fixture
def sheet(page: Script) -> ModuleType:
    pytest.importorskip("sphinx", reason="needs the extra docs")
    return page("cheat_sheet")


def save(folder: Path, model: str, seed: int, recall: float, dataset: str = "tiny") -> None:
    test = {"recall@20": recall}
    FitResult(model, dataset, seed, 1, 1, test, test, 1.0, None, {}, {}, []).save(folder / "result.json")


def test_every_model_has_its_facts_and_a_card(facts) -> None:
    assert sorted(facts) == sorted(NAMES)
    cards = {path.stem for path in (DOCS / "models").glob("*.rst")} - {"index"}
    assert {fact.card for fact in facts.values()} == cards
    listed = (DOCS / "models" / "index.rst").read_text("utf-8").partition("toctree::")[2]
    assert set(re.findall(r"^   (\w+)$", listed, flags=re.MULTILINE)) == cards


@pytest.mark.parametrize("name", NAMES)
def test_a_model_and_its_card_name_the_same_paper(facts, name) -> None:
    card = (DOCS / "models" / f"{facts[name].card}.rst").read_text("utf-8")
    assert re.findall(r"<(https://[^>]+)>", card)[0] == facts[name].paper
    assert facts[name].paper in getattr(models, name).__doc__
    assert facts[name].paper.startswith(("https://arxiv.org/abs/", "https://doi.org/10."))


@pytest.mark.parametrize("name", NAMES)
def test_modalities_are_those_of_the_constructor(facts, name) -> None:
    takes = "modality_dims" in inspect.signature(getattr(models, name)).parameters
    assert facts[name].modalities == ("any" if takes else "none")


@pytest.mark.parametrize(
    ("name", "graphs", "losses"),
    [
        ("BPRMF", [], ["bpr", "l2"]),
        ("LightGCN", ["user-item"], ["bpr", "l2"]),
        ("FREEDOM", ["user-item (drawn each epoch)", "fused item kNN"], ["bpr", "bpr_modality"]),
        (
            "CRANE",
            ["user-item (drawn each epoch)", "learned item-item", "user profiles"],
            ["bpr", "cl_user", "cl_item", "l2"],
        ),
        ("MambaRec", ["user-item", "item kNN by modality"], ["bpr", "l2", "mmd", "cl_modality"]),
        ("DualGNN", ["user-item", "user-user"], ["bpr", "l2"]),
        (
            "DGVAE",
            ["fused item kNN", "user profiles", "user-word"],
            ["items", "words", "kl", "contrast"],
        ),
    ],
)
def test_graphs_and_terms_are_those_of_a_step(facts, name, graphs, losses) -> None:
    assert facts[name].graphs == graphs
    assert sorted(facts[name].losses) == sorted(losses)


def test_a_model_without_a_paper_is_an_error(page, monkeypatch) -> None:
    made = page("model_facts")
    monkeypatch.setattr(models.BPRMF, "__doc__", "Says nothing.")
    with pytest.raises(ValueError, match="BPRMF needs to link"):
        made.model_facts("BPRMF", made.toy_graph())


def test_a_paper_is_called_by_its_archive(sheet) -> None:
    assert sheet.paper_label("https://arxiv.org/abs/2002.02126") == "arXiv 2002.02126"
    assert sheet.paper_label("https://doi.org/10.1145/3735561") == "doi 10.1145/3735561"
    assert sheet.paper_label("https://example.org/a") == "https://example.org/a"


def test_published_numbers_are_those_of_one_source_that_is_named(sheet) -> None:
    sources = sheet.published_sources()
    names = [source.partition(" (")[0].partition(",")[0] for source in sources]
    assert names == ["MambaRec", "CRANE", "MMRec"]
    cells = {name: sheet.published_cell(name, sources) for name in NAMES}
    assert cells["MambaRec"] == "0.1013 / 0.1147 / 0.0996 (a)"
    assert cells["CRANE"] == "0.1021 / 0.1129 / 0.0956 (b)"
    assert cells["LightGCN"] == "0.0728 / 0.0837 / 0.0517 (a)"  # of two that have all of it, the first
    assert cells["BM3"] == "0.0883 / 0.0980 / – (c)"
    assert sheet.published_cell("Nobody", sources) == "–"


def test_measured_numbers_prefer_the_comparison_and_leave_studies_out(sheet, tmp_path) -> None:
    for seed, recall in enumerate((0.1, 0.2, 0.3)):
        save(tmp_path / "tiny" / "CRANE" / f"seed-{seed}", "CRANE", seed, recall)
        save(tmp_path / "tiny" / "BPRMF" / f"seed-{seed}", "BPRMF", seed, recall / 10)
        study = tmp_path / "crane_study" / "tiny" / "raw" / "full" / f"seed-{seed}"
        save(study, "VBPR", seed, recall)
    save(tmp_path / "other" / "VBPR" / "seed-1", "VBPR", 1, 0.9)
    comparison = tmp_path / "comparison"
    for seed, recall in enumerate((0.4, 0.5)):
        save(comparison / "tiny" / "raw" / "CRANE" / "given" / f"seed-{seed}", "CRANE", seed, recall)
    save(comparison / "more" / "raw" / "CRANE" / "given" / "seed-1", "CRANE", 1, 0.6, "more")
    save(comparison / "cold" / "raw" / "CRANE" / "given" / "seed-1", "CRANE", 1, 0.7, "tiny,cold=0.2")
    assert sheet.measured(tmp_path) == {
        "CRANE": {"tiny": "0.4500 ± 0.0707 (tiny, 2 runs)", "more": "0.6000 (more, 1 run)"},
        "BPRMF": {"tiny": "0.0200 ± 0.0100 (tiny, 3 runs)"},
    }
    assert sheet.measured(tmp_path / "nothing") == {}


def test_the_page_shows_a_row_for_each_model(sheet, facts, tmp_path) -> None:
    for name in ("cheat_sheet.py", "model_facts.py"):
        shutil.copyfile(DOCS / name, tmp_path / name)
    settings = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nextensions = ['cheat_sheet']\n"
    (tmp_path / "conf.py").write_text(settings)
    (tmp_path / "index.rst").write_text("Page\n====\n\n.. cheat-sheet:: results\n")
    for fact in facts.values():
        (tmp_path / f"{fact.card}.rst").write_text(f":orphan:\n\n{fact.name}\n{'=' * len(fact.name)}\n")
    save(tmp_path / "results" / "tiny" / "CRANE" / "seed-1", "CRANE", 1, 0.25)
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "html", "-D", "html_theme=basic"]
    made = subprocess.run([*command, tmp_path, tmp_path / "out"], capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stderr
    text = (tmp_path / "out" / "index.html").read_text("utf-8")
    rows = text.partition("<tbody>")[2].split("<tr ")[1:]
    for row, name in zip(rows, sorted(NAMES, key=str.lower), strict=True):
        fact = facts[name]
        shown = [f'href="{fact.card}.html"', f'href="{fact.paper}"', f"<p>{fact.modalities}</p>"]
        shown += [f"<p>{', '.join(fact.graphs) or 'none'}</p>", *(f">{term}</span>" for term in fact.losses)]
        shown += ["<p>0.2500 (tiny, 1 run)</p>" if name == "CRANE" else "<p>not run</p>"]
        assert [each for each in shown if each not in row] == []
    assert "(b) CRANE (arXiv 2601.11151), Table 4;" in text
