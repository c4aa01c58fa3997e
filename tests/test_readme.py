"""What the README says is so: its Python runs, its verbs are in the Makefile, its files exist."""

import re
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
PAGES = ["README.md", "CONTRIBUTING.md", "docs/index.rst"]


def python_code(page: str) -> str:
    """The first Python block of a page."""
    text = (REPO / page).read_text(encoding="utf-8")
    markdown = re.search(r"```python\n(.*?)```", text, flags=re.DOTALL)
    if markdown:
        return markdown.group(1)
    block = re.search(r"\.\. code-block:: python\n\n((?:    .*\n|\n)+)", text)
    assert block is not None, f"{page} holds no Python"
    return re.sub(r"^    ", "", block.group(1), flags=re.MULTILINE)


@pytest.mark.parametrize("page", ["README.md", "docs/index.rst"])
def test_its_python_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = python_code(page)
    assert "epochs=30" in code
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(compile(code.replace("epochs=30", "epochs=1"), page, "exec"), names)
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
    for page in ("README.md", "CONTRIBUTING.md"):
        links = re.findall(r"\]\((?!https?:)([^)#]+)\)", (REPO / page).read_text(encoding="utf-8"))
        assert [link for link in links if not (REPO / link).is_file()] == []
