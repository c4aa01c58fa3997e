"""The command answers, and says in one line what is wrong."""

import subprocess
import sys

import pytest

import pygmmrec
from pygmmrec.cli.main import main


def test_without_arguments_it_helps(capsys) -> None:
    with pytest.raises(SystemExit) as stop:
        main([])
    assert stop.value.code == 0
    said = capsys.readouterr().out
    assert "train" in said
    assert "compare" in said


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "pygmmrec", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert pygmmrec.__version__ in done.stdout


def test_what_is_wrong_is_one_line_without_a_trace() -> None:
    with pytest.raises(SystemExit, match=r"^pygmmrec: 'model' needs to be one of .*got 'LightGCM'"):
        main(["train", "LightGCM"])
