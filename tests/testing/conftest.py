"""How a model that is broken on purpose is put to a single test of the suite."""

from collections.abc import Callable
from typing import Any

import pytest

from pygmmrec.models import Recommender
from pygmmrec.testing import RecommenderTests


@pytest.fixture
def fails() -> Callable[..., bool]:
    """Whether a model fails a test that the model it was made of passes."""

    def check(broken: type[Recommender], test: str, *args: Any, **attributes: Any) -> bool:
        sound = broken.__mro__[1]
        run(sound, test, *args, **attributes)
        try:
            run(broken, test, *args, **attributes)
        except (AssertionError, pytest.fail.Exception):
            return True
        return False

    return check


@pytest.fixture
def passes() -> Callable[..., None]:
    """Put a model to a single test."""
    return run


def run(model: type[Recommender], test: str, *args: Any, **attributes: Any) -> None:
    getattr(type("Tests", (RecommenderTests,), {"model": model, **attributes})(), test)(*args)
