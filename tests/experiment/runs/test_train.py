from pathlib import Path
from typing import Any

import pytest

from pygmmrec.experiment import Protocol
from pygmmrec.experiment.runs.prepare import training_options
from pygmmrec.experiment.runs.train import stored, train
from pygmmrec.experiment.settings.preset import as_preset
from pygmmrec.models import LightGCN

SETTINGS = as_preset({"model": {"embedding_dim": 8}})


def run(protocol: Protocol, output: Path, **changes: Any) -> Any:
    options: dict[str, Any] = {"epochs": 1, "device": "cpu", **changes}
    return train(LightGCN, 1, SETTINGS, protocol=protocol, output=output, **options)


def test_a_run_is_done_once(protocol: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(protocol, tmp_path)
    assert not (tmp_path / "bundle.json").exists()  # runs of a comparison have their graph in common
    monkeypatch.setattr("pygmmrec.experiment.runs.train.fit", lambda *args, **options: pytest.fail("again"))
    assert run(protocol, tmp_path).test == first.test
    with pytest.raises(ValueError, match="holds a result of other settings"):
        run(protocol, tmp_path, epochs=2)


def test_what_is_stored_is_compared_with_what_is_wanted(protocol: Protocol, tmp_path: Path) -> None:
    options = training_options(LightGCN, 1, SETTINGS, protocol=protocol, epochs=1)
    assert stored(tmp_path, {"embedding_dim": 8}, options) is None
    run(protocol, tmp_path)
    found = stored(tmp_path, {"embedding_dim": 8}, options)
    assert found is not None
    assert found.seed == 1
    for model, changes in (({"embedding_dim": 9}, {}), ({}, {"lr": 1.0}), ({}, {"dataset": "other"})):
        with pytest.raises(ValueError, match="of other settings"):
            stored(tmp_path, model, {**options, **changes})
