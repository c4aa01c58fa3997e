"""What tests against the numbers of released code share."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models import Recommender
from pygmmrec.typing import Embeddings, Triplets


@pytest.fixture(scope="session")
def load_oracle(golden: Path) -> Callable[[str], tuple[dict[str, np.ndarray], dict[str, Any]]]:
    """Reader of a model's arrays and of the settings they were made with."""

    def load(name: str) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        settings = json.loads((golden / f"{name}.json").read_text())["hyper_parameters"]
        return dict(np.load(golden / f"{name}.npz")), settings

    return load


@pytest.fixture(scope="session")
def renamed() -> Callable[..., dict[str, Tensor]]:
    """Reader of released weights (``param``) or gradients (``train/grad``) under our names.

    Of our names, those that end with neither ``.weight`` nor ``.bias`` are prefixes of both.
    """

    def read(arrays: Mapping[str, np.ndarray], names: Mapping[str, str], kind: str) -> dict[str, Tensor]:
        found = {}
        for ours, theirs in names.items():
            ends = ("",) if ours.endswith((".weight", ".bias")) else (".weight", ".bias")
            found |= {f"{ours}{end}": torch.from_numpy(arrays[f"{kind}/{theirs}{end}"]) for end in ends}
        return found

    return read


@pytest.fixture(scope="session")
def dense_graph() -> Callable[..., Tensor]:
    """Reader of a graph that is given by the indices and values of its entries, as a dense matrix."""

    def read(arrays: Mapping[str, np.ndarray], name: str, *size: int) -> Tensor:
        indices, values = (torch.from_numpy(arrays[f"{name}/{part}"]) for part in ("indices", "values"))
        return torch.sparse_coo_tensor(indices, values, size, check_invariants=True).to_dense()

    return read


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
def near_outputs(near: Callable[..., None]) -> Callable[..., None]:
    """Comparison of embeddings, and of the scores of all users, with a model's arrays."""

    def compare(
        model: Recommender, out: Embeddings, arrays: Mapping[str, np.ndarray], tolerance: float = 1e-5
    ) -> None:
        near(out.user, arrays["eval/user_emb"], tolerance)
        near(out.item, arrays["eval/item_emb"], tolerance)
        near(model.score(out, torch.arange(model.num_users)), arrays["eval/scores"], tolerance)

    return compare


@pytest.fixture
def near_gradients(near_in_scale: Callable[..., None]) -> Callable[..., None]:
    """Comparison of the gradients of all weights, each on its own scale or by ``each``."""

    def compare(
        model: Recommender,
        expected: Mapping[str, np.ndarray | Tensor],
        each: Callable[..., None] = near_in_scale,
    ) -> None:
        grads = {name: value.grad for name, value in model.named_parameters()}
        assert set(grads) == set(expected)
        for name, value in grads.items():
            each(value, expected[name])

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
