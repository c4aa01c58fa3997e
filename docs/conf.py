"""Sphinx: hand-written pages beside this file, API pages made from each room's ``__all__``."""

import importlib
import logging
import pkgutil
import sys
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

DOCS = Path(__file__).resolve().parent
sys.path[:0] = [str(DOCS.parent), str(DOCS)]

from divided_facts import divided_table  # noqa: E402
from served_facts import add_to_card  # noqa: E402

import pygmmrec  # noqa: E402

logging.getLogger("pygmmrec").setLevel(logging.WARNING)  # pages are the output

project = "pygmmrec"
author = "The pygmmrec developers"
copyright = "2026, The pygmmrec developers"
release = version = pygmmrec.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "measured", "cheat_sheet"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"pygmmrec {release}"

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_inherit_docstrings = False
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_custom_sections = ["Shapes", "Differences", "Formula"]


def write_if_changed(path: Path, text: str) -> None:
    """Leave an unchanged page alone, so that a second build is quick."""
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def heading(text: str) -> list[str]:
    return [text, "=" * len(text), ""]


def api_pages() -> dict[str, str]:
    """Page name -> reStructuredText, one page for each room that has an ``__all__``."""
    walk = pkgutil.walk_packages(pygmmrec.__path__, prefix="pygmmrec.")
    packages = [importlib.import_module(module.name) for module in walk if module.ispkg]
    rooms = [package for package in packages if hasattr(package, "__all__")]
    pages = {}
    for room in rooms:
        name = room.__name__
        inner = {
            public for other in rooms if other.__name__.startswith(f"{name}.") for public in other.__all__
        }
        own = [public for public in room.__all__ if public not in inner]
        members = [f"   :members: {', '.join(own)}"] if own else []
        pages[name] = "\n".join([*heading(name), f".. automodule:: {name}", *members, ""])
    pages["pygmmrec.typing"] = "\n".join(
        [*heading("pygmmrec.typing"), ".. automodule:: pygmmrec.typing", "   :members:", ""]
    )
    toc = [*heading("API"), "Everything public, room by room.", "", ".. toctree::", "   :maxdepth: 1", ""]
    pages["index"] = "\n".join([*toc, *(f"   {name}" for name in sorted(pages)), ""])
    return pages


def write_api_pages(*_: object) -> None:
    folder = DOCS / "api"
    folder.mkdir(exist_ok=True)
    pages = api_pages()
    for name, text in pages.items():
        write_if_changed(folder / f"{name}.rst", text)
    write_if_changed(folder / "divided.csv", divided_table())
    for stale in folder.glob("*.rst"):
        if stale.stem not in pages:
            stale.unlink()


def without_mail(_: Sphinx, page: nodes.document) -> None:
    """Take the links from ``recall@20`` and the like, which are read as addresses."""
    for link in list(page.findall(nodes.reference)):
        if link.get("refuri", "").startswith("mailto:"):
            link.replace_self(nodes.Text(link.astext()))


def setup(app: Sphinx) -> None:
    write_api_pages()
    app.connect("source-read", add_to_card)
    app.connect("doctree-read", without_mail)
