from pathlib import Path

import optuna
import pytest
from optuna.storages import InMemoryStorage, RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.trial import TrialState

from pygmmrec.experiment.trials.storage import HEARTBEAT, fail_stale, is_shared, open_storage


def test_a_data_base_notes_signs_of_life(tmp_path: Path) -> None:
    storage = open_storage(f"sqlite:///{tmp_path / 'a.db'}")
    assert isinstance(storage, RDBStorage)
    assert storage.get_heartbeat_interval() == HEARTBEAT
    assert isinstance(storage.get_heartbeat_stale_trial_callback(), RetryHeartbeatStaleTrialCallback)
    assert is_shared(storage)


def test_a_storage_is_taken_as_it_is() -> None:
    storage = InMemoryStorage()
    assert open_storage(storage) is storage
    assert not is_shared(storage)
    with pytest.raises(ValueError, match="'storage' needs to be a URL"):
        open_storage("search.db")


def test_a_trial_without_a_sign_of_life_is_tried_again(tmp_path: Path) -> None:
    storage = open_storage(f"sqlite:///{tmp_path / 'a.db'}")
    assert isinstance(storage, RDBStorage)
    study = optuna.create_study(storage=storage)
    study.enqueue_trial({"x": 3})
    trial = study.ask()
    storage.record_heartbeat(trial._trial_id)
    fail_stale(study)
    assert [each.state for each in study.trials] == [TrialState.RUNNING]
    storage.grace_period = -1
    fail_stale(study)
    assert [each.state for each in study.trials] == [TrialState.FAIL, TrialState.WAITING]
    assert study.ask().suggest_int("x", 0, 5) == 3
