import pytest

from pygmmrec.experiment.settings.budget import Budget


def test_a_budget_is_positive() -> None:
    assert Budget() == Budget(None, None)
    assert Budget(3, 1.5).seconds == 1.5
    with pytest.raises(ValueError, match="'epochs' needs to be at least 1"):
        Budget(0)
    with pytest.raises(ValueError, match="'seconds' needs to be positive"):
        Budget(seconds=0.0)
