"""What the tests of the benchmarks share: the scripts as modules, and a tiny data set."""

import importlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ACCURACY = Path(__file__).parents[2] / "benchmarks" / "accuracy"


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 40 users, 50 items and the modalities ``image`` and ``text``, with split labels."""
    folder = tmp_path_factory.mktemp("tiny")
    rng = np.random.default_rng(0)
    lines = ["userID\titemID\tx_label"]
    for user in range(40):
        for item, label in zip(rng.permutation(50)[:8], (0, 0, 0, 0, 0, 0, 1, 2), strict=True):
            lines.append(f"{user}\t{item}\t{label}")
    (folder / "tiny.inter").write_text("\n".join(lines) + "\n")
    for name, size in {"image": 16, "text": 12}.items():
        np.save(folder / f"{name}_feat.npy", rng.normal(size=(50, size)).astype(np.float32))
    return folder


@pytest.fixture(scope="module")
def without_curves() -> Iterator[None]:
    """Runs of this process draw no learning curves, which take longer than tiny runs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pygmmrec.training.outputs.plot_curves", lambda *args, **kwargs: True)
        yield


@pytest.fixture(scope="session")
def script() -> Iterator[Callable[[str], ModuleType]]:
    """Importer of the files in benchmarks/accuracy, which import each other as scripts do."""
    before, handler = list(sys.path), signal.getsignal(signal.SIGTERM)
    sys.path.insert(0, str(ACCURACY))
    try:
        yield importlib.import_module
    finally:
        sys.path[:] = before
        signal.signal(signal.SIGTERM, handler)
