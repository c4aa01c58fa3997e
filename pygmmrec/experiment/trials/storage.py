"""Where the trials of a search are kept."""

from __future__ import annotations

import time
import warnings
from typing import TypeAlias

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import BaseStorage, InMemoryStorage, RDBStorage, RetryHeartbeatStaleTrialCallback
from sqlalchemy.exc import SQLAlchemyError

from pygmmrec.utils.check import check

Storage: TypeAlias = str | BaseStorage
"""The URL of a data base, such as ``sqlite:///search.db``, or any storage of Optuna."""

HEARTBEAT = 60
"""Seconds between two signs of life of a running trial, where the storage can take them."""

GRACE = 3 * HEARTBEAT
"""Seconds without one after which a trial is tried again."""

ATTEMPTS = 10


def open_storage(storage: Storage) -> BaseStorage:
    """The storage itself; that of a URL notes signs of life, by which a dead machine's trials are found.

    A storage that is given is used as it is.
    """
    if isinstance(storage, BaseStorage):
        return storage
    check("://" in storage, "storage", "a URL such as 'sqlite:///search.db', or a storage", "search", storage)
    # SQLite waits this long for another process that writes.
    options = {"connect_args": {"timeout": 60}} if storage.startswith("sqlite") else {}
    for attempt in range(ATTEMPTS):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                return RDBStorage(
                    storage,
                    engine_kwargs=options,
                    heartbeat_interval=HEARTBEAT,
                    grace_period=GRACE,
                    heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(),
                )
        except SQLAlchemyError:  # another process makes the same tables
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(0.1 * (attempt + 1))
    raise AssertionError("unreachable")


def is_shared(storage: Storage) -> bool:
    """Whether other processes see what one writes."""
    return not isinstance(storage, InMemoryStorage)


def fail_stale(study: optuna.Study) -> None:
    """Let trials that have shown no sign of life be tried again, where the storage notes them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        optuna.storages.fail_stale_trials(study)
