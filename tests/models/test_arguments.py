import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pytest
import torch

from pygmmrec import models
from pygmmrec.models.arguments import checked_arguments

NAMES = [name for name in models.__all__ if name != "Recommender"]

EXPONENTS = ("beta", "user_damping", "item_damping", "reg_exponent")
"""Of degrees, which may be negative."""


class Taker:
    def __init__(
        self,
        num_users: int,
        sizes_dims: Mapping[str, int] | None = None,
        *,
        embedding_dim: int = 8,
        p: float = 0.0,
        cl_weight: float | None = None,
        temperature: float = 0.1,
        shared: bool = False,
        every: int | Literal["epoch"] = "epoch",
        tasks: Sequence[str] = (),
        table: torch.Tensor | None = None,
        free: Any = None,
        unsaid=None,
        **more: Any,
    ) -> None: ...


def take(*given: Any, **named: Any) -> dict[str, Any]:
    found = checked_arguments(Taker.__init__, (object.__new__(Taker), *given), named)
    return {"num_users": found[0][1], **dict(zip(["sizes_dims"], found[0][2:], strict=False)), **found[1]}


def test_scalars_and_arrays_become_plain() -> None:
    found = take(
        np.int64(3),
        {"text": np.int64(4)},
        embedding_dim=torch.tensor(8),
        p=np.float32(0.5),
        cl_weight=np.array(2.0),
        shared=np.bool_(True),
        every=np.int32(2),
        tasks=np.array(["a", "b"]),
        unsaid=np.float64(1.5),
        more=np.int64(1),
    )
    expected = {
        "num_users": 3, "sizes_dims": {"text": 4}, "embedding_dim": 8, "p": 0.5, "cl_weight": 2.0,
        "shared": True, "every": 2, "tasks": ("a", "b"), "unsaid": 1.5,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == expected
    assert all(type(found[name]) is type(value) for name, value in expected.items())


def test_what_is_allowed_passes_as_it_is() -> None:
    table = torch.zeros(2, 2)
    found = take(3, cl_weight=None, every="epoch", table=table, free=table, unsaid=table)
    assert found["table"] is found["free"] is found["unsaid"] is table
    assert (found["cl_weight"], found["every"]) == (None, "epoch")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"embedding_dim": 0}, "'embedding_dim' needs to be at least 1 in 'Taker'"),
        ({"embedding_dim": 1.5}, "'embedding_dim' needs to be an integer"),
        ({"embedding_dim": True}, "'embedding_dim' needs to be an integer"),
        (
            {"sizes_dims": {"text": 0}},
            r"\"sizes_dims\['text'\]\" needs|'sizes_dims\['text'\]' needs to be at least 1",
        ),
        (
            {"sizes_dims": ["text"]},
            "'sizes_dims' needs to be a mapping from each modality to its feature size",
        ),
        ({"p": 1.5}, "'p' needs to be between 0 and 1"),
        ({"p": float("nan")}, "'p' needs to be between 0 and 1"),
        ({"cl_weight": -0.1}, "'cl_weight' needs to be at least 0"),
        ({"cl_weight": float("inf")}, "'cl_weight' needs to be finite"),
        ({"temperature": 0}, "'temperature' needs to be positive"),
        ({"temperature": "warm"}, "'temperature' needs to be a number"),
        ({"shared": 1}, "'shared' needs to be True or False"),
        ({"every": 1.5}, "'every' needs to be an integer"),
    ],
)
def test_what_is_not(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        take(3, **wrong)


def test_pythons_own_message_for_what_is_missing() -> None:
    with pytest.raises(TypeError, match=r"missing 1 required positional argument: 'num_items'"):
        models.BPRMF(3)
    with pytest.raises(TypeError, match="unexpected keyword argument 'dim'"):
        models.BPRMF(3, 4, dim=2)


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_every_model_is_checked(name, toy_data) -> None:
    cls = getattr(models, name)
    data = cls.prepare(toy_data(dtype=torch.float32))
    for argument, parameter in inspect.signature(cls).parameters.items():
        kind = str(parameter.annotation).replace("<class '", "").replace("'>", "")
        if kind not in ("int", "float", "bool"):
            continue
        wrong = {"int": (-1, 1.5, True), "float": (-1, float("nan"), float("inf"), True), "bool": (1, "no")}[
            kind
        ]
        for value in wrong:
            if value == -1 and argument in EXPONENTS:
                continue
            with pytest.raises(ValueError, match=f"'{argument}' needs to be .* in '"):
                cls.from_data(data, **{argument: value})


def test_numpy_in_the_configuration_of_a_model(toy_data) -> None:
    model = models.MambaRec.from_data(
        toy_data(), embedding_dim=np.int64(4), reduction=np.int64(1), p=np.float64(0.5)
    )
    assert all(type(value) in (int, float, str, bool, dict, type(None)) for value in model.config.values())
    assert repr(model) == repr(eval(repr(model), {"MambaRec": models.MambaRec}))


def test_numpy_in_the_options_of_a_layer(toy_data) -> None:
    model = models.CRANE.from_data(toy_data(), rca={"num_rounds": np.int64(1), "scale": np.float64(0.5)})
    assert (type(model.rca["num_rounds"]), type(model.rca["scale"])) == (int, float)
    assert "np." not in repr(model)
    for wrong in (1.5, True, -1):
        with pytest.raises(ValueError, match="'num_rounds' needs to be"):
            models.CRANE.from_data(toy_data(), rca={"num_rounds": wrong})
