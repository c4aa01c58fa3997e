"""What the README says is so: its Python runs, its verbs are in the Makefile, its files exist."""

import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

import pygmmrec
from pygmmrec.serving.http import make_app

REPO = Path(__file__).resolve().parents[1]
PAGES = ["README.md", "CONTRIBUTING.md"]
HOME = "https://github.com/pygmmrec/pygmmrec/blob/main/"


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


def letters(batch: list[Any]) -> np.ndarray:
    """Stands for the model of texts: a row for each."""
    return np.array([[str(value).count(letter) for letter in "aeiou"] for value in batch], dtype=np.float32)


def test_the_life_of_a_model_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (REPO / "README.md").read_text(encoding="utf-8")
    life = text.partition("## A model that lives")[2]
    block = re.search(r"```python\n(.*?)```", life, flags=re.DOTALL)
    assert block is not None
    code = block.group(1).replace("epochs=30", "epochs=1").replace('"all-MiniLM-L6-v2"', "letters")
    code = code.replace('text="tags"', 'text="tags", text_model=letters')
    shutil.copytree(REPO / "examples" / "data", tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"letters": letters, "pg": pygmmrec}
    exec(compile(code, "README.md", "exec"), names)
    assert (tmp_path / "vectors" / "README.md").is_file()
    more, again = names["more"], pygmmrec.load("runs/today")
    assert again.recommend("u000", 500).equals(more.recommend("u000", 500))
    assert "a999" in again.recommend("u000", 500)["item"].to_pylist()
    serve = re.search(r"`(pygmmrec serve \S+)`", life)
    assert serve is not None
    app = make_app(serve.group(1).split()[-1])
    with TestClient(app) as client:
        items = client.get("/recommend?user=u000&k=5").json()["items"]
    assert [item["id"] for item in items] == more.recommend("u000", 5)["item"].to_pylist()


@pytest.mark.parametrize("page", PAGES)
def test_its_verbs_are_in_the_makefile(page: str) -> None:
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    verbs = set(
        re.findall(r"(?:^|`)make ([a-z]+)", (REPO / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    )
    assert sorted(verb for verb in verbs if not re.search(rf"^{verb}:", makefile, flags=re.MULTILINE)) == []


def test_the_page_on_where_a_line_lives_names_every_room() -> None:
    text = (REPO / "docs" / "house.rst").read_text(encoding="utf-8")
    rooms = {path.parent.name for path in (REPO / "pygmmrec").glob("*/__init__.py")}
    assert {room for room in rooms if f"``{room}/``" not in text} == set()


def test_its_links_lead_somewhere() -> None:
    for page in PAGES:
        links = re.findall(r"\]\(([^)#]+)\)", (REPO / page).read_text(encoding="utf-8"))
        inside = [link.removeprefix(HOME) for link in links if link.startswith(HOME)]
        inside += [link for link in links if not link.startswith("http")]
        assert inside
        assert [link for link in inside if not (REPO / link).is_file()] == []


def test_the_readme_is_read_outside_of_the_repository_too() -> None:
    """On the page of a package index, only whole addresses lead somewhere."""
    text = (REPO / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((?!https?:)", text) == []
    metadata = (REPO / "pyproject.toml").read_text(encoding="utf-8")
    assert f'Repository = "{HOME.removesuffix("/blob/main/")}"' in metadata


def test_its_first_screen_is_short() -> None:
    text = (REPO / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) < 175
    assert text.index("pip install pygmmrec") < text.index("make train") < text.index("```python")
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert max(line.count("|") - 1 for line in tables) <= 6
