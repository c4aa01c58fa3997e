import pytest
import torch

from pygmmrec.training.optional_part import OptionalLook, optional_part


def test_a_failure_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    with optional_part("curves"):
        raise MemoryError("too much")
    assert "No curves: MemoryError: too much" in caplog.text
    with pytest.raises(KeyboardInterrupt), optional_part("curves"):
        raise KeyboardInterrupt


class Failing:
    def __init__(self, at: int) -> None:
        self.at, self.seen = at, 0

    def update(self, *lists: torch.Tensor) -> None:
        self.seen += 1
        if self.seen == self.at:
            raise MemoryError("too much")


def test_a_look_that_fails_is_not_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    inner, lists = Failing(at=2), [torch.zeros(1)] * 4
    look = OptionalLook(inner, "diversity")
    for _ in range(4):
        look.update(*lists)
    assert (inner.seen, look.failed) == (2, True)
    assert caplog.text.count("No diversity: MemoryError") == 1
    fine = OptionalLook(Failing(at=9), "diversity")
    fine.update(*lists)
    assert not fine.failed
