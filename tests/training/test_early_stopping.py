import pytest

from pygmmrec.training import EarlyStopping


def test_best_and_patience() -> None:
    stopping = EarlyStopping(patience=2)
    assert [stopping.update(i + 1, value) for i, value in enumerate([0.1, 0.3, 0.3])] == [True, True, False]
    assert (stopping.best_epoch, stopping.best_value, stopping.should_stop) == (2, 0.3, False)
    assert not stopping.update(4, 0.2)
    assert stopping.should_stop


def test_a_new_best_resets_the_wait() -> None:
    stopping = EarlyStopping(patience=2)
    for epoch, value in enumerate([0.2, 0.1, 0.4, 0.3], start=1):
        stopping.update(epoch, value)
    assert stopping.best_epoch == 3
    assert not stopping.should_stop


def test_state_goes_on() -> None:
    first, second = EarlyStopping(patience=2), EarlyStopping(patience=2)
    first.update(1, 0.5)
    first.update(2, 0.4)
    second.load_state_dict(first.state_dict())
    assert not second.update(3, 0.5)
    assert second.should_stop
    assert second.best_epoch == 1


def test_patience_must_be_positive() -> None:
    with pytest.raises(ValueError, match=r"'patience' needs to be at least 1 in 'EarlyStopping' \(got 0\)"):
        EarlyStopping(patience=0)
    assert repr(EarlyStopping(3)) == "EarlyStopping(patience=3)"


@pytest.mark.parametrize("patience", [0, 1.5, float("inf"), True])
def test_no_patience(patience: object) -> None:
    with pytest.raises(ValueError, match="'patience' needs to be"):
        EarlyStopping(patience)  # type: ignore[arg-type]
