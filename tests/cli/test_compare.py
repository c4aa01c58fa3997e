"""``pygmmrec compare``."""

import pytest

from pygmmrec.cli.main import main

pytest.importorskip("optuna")


def test_it_compares_and_prints_a_table(tmp_path, capsys) -> None:
    options = ["--epochs=1", "--seeds=[1,2]", f"--output={tmp_path}", "--device=cpu"]
    main(["compare", "[BPRMF,LightGCN]", *options])
    said = capsys.readouterr().out
    assert "BPRMF" in said
    assert "LightGCN" in said
    assert len(list(tmp_path.glob("synthetic/*/given/seed-*/result.json"))) == 4
