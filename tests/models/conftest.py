"""What tests against the numbers of released code share."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models import Recommender
from pygmmrec.typing import Triplets


@pytest.fixture(scope="session")
def load_oracle(golden: Path) -> Callable[[str], tuple[dict[str, np.ndarray], dict[str, Any]]]:
    """Reader of a model's arrays and of the settings they were made with."""

    def load(name: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        settings = json.loads((golden / f"{name}.json").read_text())["hyper_parameters"]
        return dict(np.load(golden / f"{name}.npz")), settings

    return load


@pytest.fixture
def near() -> Callable[..., None]:
    """Comparison with an array, within a tolerance that is relative and absolute."""

    def compare(actual: Tensor, expected: np.ndarray | Tensor, tolerance: float = 1e-5) -> None:
        torch.testing.assert_close(actual, torch.as_tensor(expected), rtol=tolerance, atol=tolerance)

    return compare


@pytest.fixture
def near_in_scale() -> Callable[..., None]:
    """Comparison with an array, within a tolerance relative to its largest element, however small that is."""

    def compare(actual: Tensor, expected: np.ndarray | Tensor, tolerance: float = 1e-4) -> None:
        expected = torch.as_tensor(expected)
        largest = expected.abs().max().item()
        torch.testing.assert_close(actual.view_as(expected), expected, rtol=0, atol=tolerance * largest)

    return compare


@pytest.fixture
def adam_steps() -> Callable[..., Tensor]:
    """The losses of some steps of Adam on one batch, [steps]."""

    def run(
        model: Recommender, data: HeteroData, batch: Triplets, num_steps: int, extra: Iterable[Tensor] = ()
    ) -> Tensor:
        optimizer = torch.optim.Adam([*model.parameters(), *extra], lr=1e-2)
        losses = []
        for _ in range(num_steps):
            loss = sum(model.loss(data, batch).values())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return torch.tensor(losses, dtype=torch.float64)

    return run
