"""What the tests of the benchmarks share: the scripts as modules."""

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

ACCURACY = Path(__file__).parents[2] / "benchmarks" / "accuracy"


@pytest.fixture(scope="session")
def script() -> Iterator[Callable[[str], ModuleType]]:
    """Importer of the files in benchmarks/accuracy, which import each other as scripts do."""
    before = list(sys.path)
    sys.path.insert(0, str(ACCURACY))
    try:
        yield importlib.import_module
    finally:
        sys.path[:] = before
