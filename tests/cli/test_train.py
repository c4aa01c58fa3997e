"""``pygmmrec train``."""

import json

from pygmmrec.cli.main import main
from pygmmrec.cli.train import MODELS, train_model
from pygmmrec.models import __all__ as names
from pygmmrec.serving import load


def test_it_knows_every_model() -> None:
    assert set(MODELS) == set(names) - {"Recommender"}


def test_it_trains_prints_and_goes_on(tmp_path, capsys) -> None:
    main(["train", "BPRMF", "--epochs=1", f"--output={tmp_path}", "--device=cpu"])
    assert "BPRMF on synthetic, best epoch 1 of 1" in capsys.readouterr().out
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["model"], result["seed"], result["epochs"]) == ("BPRMF", 1, 1)
    assert repr(load(tmp_path)).startswith("Served(BPRMF, ")
    train_model("BPRMF", epochs=1, output=str(tmp_path), device="cpu")  # it is there already
    assert json.loads((tmp_path / "result.json").read_text()) == result
