import pytest
import torch

from pygmmrec.training.terms import check_finite, mean_terms


def test_means_over_the_steps_that_have_a_term() -> None:
    a, b = ({"bpr": torch.tensor(x), "cl": torch.tensor(y)} for x, y in ((1.0, 2.0), (3.0, 6.0)))
    assert mean_terms([a, b]) == {"bpr": 2.0, "cl": 4.0}
    assert mean_terms([{"bpr": torch.tensor(5.0)}, a, b]) == {"bpr": 3.0, "cl": 4.0}
    assert mean_terms([]) == {}


def test_a_term_that_is_not_finite_names_a_remedy_that_was_not_tried() -> None:
    check_finite({"bpr": 1.0}, 3, "CRANE", 0.1, "32-true")
    lost = {"bpr": float("nan")}
    with pytest.raises(FloatingPointError, match=r"'CRANE' is .* epoch 3 .*Lower the learning rate, 0\.1$"):
        check_finite(lost, 3, "CRANE", 0.1, "32-true")
    with pytest.raises(FloatingPointError, match=r"or train in '32-true'$"):
        check_finite(lost, 3, "CRANE", 0.1, "16-mixed")
