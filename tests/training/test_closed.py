import pytest

from pygmmrec.models import EASE, LightGCN
from pygmmrec.training.closed import OF_STEPS, usable
from pygmmrec.training.options import Options


def test_what_was_asked_for_in_vain_is_named(caplog: pytest.LogCaptureFixture) -> None:
    options = Options(lr=0.5, epochs=3, seed=4, start_from="runs/other")
    found = usable(EASE(2, 3), options)
    assert "EASE is fitted in one pass and has no use for: epochs, lr, start_from" in caplog.text
    assert (found.start_from, found.seed, options.start_from) == (None, 4, "runs/other")


def test_defaults_and_trained_models_are_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    usable(EASE(2, 3), Options(seed=4, output="runs/x"))
    options = Options(lr=0.5)
    assert usable(LightGCN(2, 3), options) is options
    assert caplog.text == ""


def test_each_name_is_an_option() -> None:
    assert set(vars(Options())) >= OF_STEPS
