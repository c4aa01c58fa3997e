from pathlib import Path
from typing import Any

import pytest

from pygmmrec.bundles import Manifest
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


@pytest.mark.parametrize("dies_in", ["save_details", "plot_curves", "write_bundle", "save_graph"])
def test_a_run_that_died_after_its_result_ends_with_all_its_files(
    dies_in: str, protocol: Protocol, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Dies(BaseException):
        """What a kill is to a process: nothing in it goes on."""

    def die(*_: Any, **__: Any) -> None:
        raise Dies

    whole = run(protocol, tmp_path / "whole", bundle=True)
    module = {"write_bundle": "run", "save_graph": "bundle"}.get(dies_in, "outputs")
    with monkeypatch.context() as patch:
        patch.setattr(f"pygmmrec.training.{module}.{dies_in}", die)
        with pytest.raises(Dies):
            run(protocol, tmp_path / "died", bundle=True)
    assert (tmp_path / "died" / "result.json").is_file()
    assert not (tmp_path / "died" / "bundle.json").exists()
    assert run(protocol, tmp_path / "died", bundle=True).test == whole.test
    names = [sorted(path.name for path in (tmp_path / each).iterdir()) for each in ("whole", "died")]
    assert names[0] == names[1]
    Manifest.load(tmp_path / "died").check_files(tmp_path / "died")


def test_a_result_without_its_state_stays_what_it_is(protocol: Protocol, tmp_path: Path) -> None:
    first = run(protocol, tmp_path)
    for name in ("state.pt", "test_per_user.npz"):
        (tmp_path / name).unlink()
    assert run(protocol, tmp_path, bundle=True).test == first.test
    assert not (tmp_path / "bundle.json").exists()
