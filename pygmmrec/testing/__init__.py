"""Tests that every model passes, for your own models too. Needs pytest; nothing else in the library does."""

import pytest

_PARTS = ("arguments", "features", "fitting", "graph_argument", "learning", "ranking", "tables")
pytest.register_assert_rewrite(*(f"{__name__}.{part}" for part in _PARTS))  # failures show their values

from pygmmrec.testing.closed_form_tests import ClosedFormTests  # noqa: E402
from pygmmrec.testing.graphs import ring_data, toy_data  # noqa: E402
from pygmmrec.testing.recommender_tests import RecommenderTests  # noqa: E402

__all__ = ["ClosedFormTests", "RecommenderTests", "ring_data", "toy_data"]
