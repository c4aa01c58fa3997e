"""Small random graphs, and what their matrices say about them."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
from torch_geometric.data import HeteroData

from pygmmrec.data import build_hetero_data
from pygmmrec.models import BPRMF

Rng: TypeAlias = np.random.Generator

TRAIN, VALID, TEST = 1, 2, 3


class Drawn(NamedTuple):
    """A graph, and the numbers that it was built from.

    Attributes:
        matrix: [U, I]: 0 for no interaction, 1, 2 or 3 for one in training, validation or test.
        features: By modality, [I, F]; a row that is NaN is of an item that has none.
        data: The graph, not prepared.
    """

    matrix: np.ndarray
    features: dict[str, np.ndarray]
    data: HeteroData


def draw(rng: Rng) -> Drawn:
    """A graph of up to six users and seven items, with up to three modalities; its rows are shuffled."""
    users, items = rng.integers(1, 7), rng.integers(1, 8)
    density = rng.choice([0.2, 0.5, 0.9])
    labels = rng.choice([TRAIN, TRAIN, VALID, TEST], size=(users, items))
    matrix = np.where(rng.random((users, items)) < density, labels, 0)
    matrix[rng.integers(users), rng.integers(items)] = TRAIN
    features = {name: _features(rng, items) for name in "abc"[: rng.integers(0, 4)]}
    user, item = np.nonzero(matrix)
    order = rng.permutation(len(user))
    rows = user[order], item[order], matrix[user, item][order] - 1
    data = build_hetero_data(rows, features, user_ids=range(users), item_ids=range(items), missing="mask")
    return Drawn(matrix, features, data)


def _features(rng: Rng, items: int) -> np.ndarray:
    values = rng.normal(size=(items, rng.integers(1, 5))).astype(np.float32)
    match rng.integers(6):
        case 0:
            values[:] = 0
        case 1:
            values[:] = 1.5
        case 2 if items > 1:
            values[rng.integers(items)] = np.nan
    return values


def scored(matrix: np.ndarray, rng: Rng) -> tuple[BPRMF, np.ndarray]:
    """A model that scores each pair otherwise, and its scores [U, I]."""
    users, items = matrix.shape
    scores = (rng.permutation(users * items).reshape(users, items) - users * items / 2) / 8
    model = BPRMF(users, items, embedding_dim=items)
    state = model.state_dict()
    state["user_embedding.weight"].copy_(state["user_embedding.weight"].new_tensor(scores))
    state["item_embedding.weight"].copy_(state["item_embedding.weight"].new_tensor(np.eye(items)))
    return model, scores


def normalized(matrix: np.ndarray) -> np.ndarray:
    """Training edges over the square roots of both degrees, [U, I]."""
    edges = (matrix == TRAIN).astype(float)
    with np.errstate(divide="ignore"):
        by_user, by_item = (np.where(d > 0, d**-0.5, 0) for d in (edges.sum(1), edges.sum(0)))
    return by_user[:, None] * edges * by_item[None]


def refused(call: Callable[[], object]) -> bool:
    """Whether a call is refused in the library's own words."""
    try:
        call()
    except ValueError as error:
        if "needs to be" not in str(error):
            raise
        return True
    return False


def holds_for_all(holds: Callable[[Rng, Drawn, Path], None], seed: int, count: int, folder: Path) -> None:
    """Try a property on random graphs; the first for which it does not hold is in the error."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        for number in range(count):
            rng = np.random.default_rng([seed, number, *holds.__name__.encode()])
            drawn = draw(rng)
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    holds(rng, drawn, folder)
            except Exception as error:
                raise AssertionError(f"graph {number} of seed {seed}: {drawn.matrix.tolist()}") from error
    finally:
        logging.disable(before)
