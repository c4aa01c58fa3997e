"""A page of results shows what has been run, and says so of the rest."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from matplotlib.figure import Figure

DOCS = Path(__file__).parents[2] / "docs"
PAGE = """
Page
====

.. measured:: results/table
   :title: Numbers of commas

   Said of the table.

.. measured:: results/both
   :alt: Both of them

   Said of **both**.

.. measured:: results/none
   :alt: Nothing

   Said of nothing.
"""


def test_a_part_without_results_says_so_and_the_others_are_shown(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="needs the extra docs")
    shutil.copyfile(DOCS / "measured.py", tmp_path / "measured.py")
    settings = f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\nextensions = ['measured']\n"
    (tmp_path / "conf.py").write_text(settings)
    (tmp_path / "index.rst").write_text(PAGE)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "table.csv").write_text('what,is\nrecall,0.1 ± 0.01\ncommand,"`a, b`"\n', "utf-8")
    (tmp_path / "results" / "both.csv").write_text("left,right\n31,32\n")
    Figure().savefig(tmp_path / "results" / "both.png")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "-b", "text"]
    made = subprocess.run([*command, tmp_path, tmp_path / "out"], capture_output=True, text=True, timeout=300)
    assert made.returncode == 0, made.stderr
    text = (tmp_path / "out" / "index.txt").read_text("utf-8")
    shown = ["Numbers of commas", "0.1 ± 0.01", "a, b", "Said of the table.", "Measured", "31"]
    shown += ["Both of them", "Said of **both**.", "This part has not been run here yet."]
    places = [text.find(each) for each in shown]
    assert -1 not in places
    assert places == sorted(places)
    assert text.count("has not been run") == 1
    assert "Said of nothing" not in text
