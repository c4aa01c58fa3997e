"""What the README says is so: its Python runs, its verbs are in the Makefile, its files exist."""

import re
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
PAGES = ["README.md", "CONTRIBUTING.md"]


def test_its_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    block = re.search(
        r"```python\n(.*?)```", (REPO / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert block is not None
    assert "epochs=30" in block.group(1)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(block.group(1).replace("epochs=30", "epochs=1"), "README.md", "exec"), names)
    ids, scores = names["ids"], names["scores"]
    assert len(ids[0]) == len(scores[0]) == 5


@pytest.mark.parametrize("page", PAGES)
def test_its_verbs_are_in_the_makefile(page: str) -> None:
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    verbs = set(
        re.findall(r"(?:^|`)make ([a-z]+)", (REPO / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    assert sorted(verb for verb in verbs if not re.search(rf"^{verb}:", makefile, flags=re.MULTILINE)) == []


def test_the_rooms_it_lists_exist() -> None:
    text = (REPO / "README.md").read_text(encoding="utf-8")
    rooms = re.findall(r"^  ([a-z]+)(?:/ |   )", text, flags=re.MULTILINE)
    assert len(rooms) > 5
    package = REPO / "pygmmrec"
    assert [
        room for room in rooms if not (package / room).is_dir() and not (package / f"{room}.py").is_file()
    ] == []


def test_its_links_lead_somewhere() -> None:
    for page in PAGES:
        links = re.findall(r"\]\((?!https?:)([^)#]+)\)", (REPO / page).read_text(encoding="utf-8"))
        assert [link for link in links if not (REPO / link).is_file()] == []
