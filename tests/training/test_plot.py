import builtins
import logging
from pathlib import Path
from typing import Any

import pytest

from pygmmrec.training import plot_curves

HISTORY = [
    {"epoch": i, "loss": {"bpr": 1.0 / i, "l2": 0.1}, "valid": {"recall@20": 0.1 * i, "ndcg@10": 0.05 * i}}
    for i in (1, 2, 3)
]


def test_draws_a_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    assert plot_curves(HISTORY, 3, tmp_path / "curves.png", title="BPRMF")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "curves.png").stat().st_size > 5000


def test_epochs_without_validation_are_passed_over(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    history = [{**entry, "valid": entry["valid"] if entry["epoch"] == 2 else {}} for entry in HISTORY]
    assert plot_curves(history, 2, tmp_path / "curves.png")


def test_without_matplotlib(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = builtins.__import__

    def importing(name: str, *args: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", importing)
    with caplog.at_level(logging.WARNING):
        assert not plot_curves(HISTORY, 3, tmp_path / "curves.png")
    assert "pip install 'pygmmrec[plot]'" in caplog.text
    assert not (tmp_path / "curves.png").exists()
