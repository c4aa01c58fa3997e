import functools
from typing import Any

import pytest
import torch

from pygmmrec.training.named import describe, resolve


def found(given: Any) -> tuple[Any, dict[str, Any]]:
    return resolve(given, torch.optim, torch.optim.Optimizer, "optimizer", "Run")


def test_by_name_with_options_and_as_it_is() -> None:
    assert found("SGD") == (torch.optim.SGD, {})
    assert found({"name": "SGD", "momentum": 0.5}) == (torch.optim.SGD, {"momentum": 0.5})
    make = functools.partial(torch.optim.SGD, lr=1.0)
    assert found(make) == (make, {})


@pytest.mark.parametrize("given", ["sgd", "lr_scheduler", "Tensor", {"momentum": 0.5}, {"name": 1}, 7, None])
def test_what_has_no_such_name(given: Any) -> None:
    if given in (7, None):
        with pytest.raises((TypeError, ValueError)):
            found(given)
        return
    with pytest.raises(ValueError, match=r"'optimizer' needs to be a class of torch.optim, by name.*'Run'"):
        found(given)


def test_what_a_run_writes_about_it() -> None:
    assert describe(None) is None
    assert describe("Adam") == "Adam"
    assert describe({"name": "Adam", "betas": torch.tensor([0.5, 0.75])}) == {
        "name": "Adam",
        "betas": [0.5, 0.75],
    }
    assert describe(torch.optim.SGD) == "SGD"
    assert describe(functools.partial(torch.optim.SGD, lr=1.0)) == "SGD(lr=1.0)"
    assert describe(lambda groups: None).endswith("<lambda>")
