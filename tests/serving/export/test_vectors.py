"""Vectors are those whose dot products are the scores, or refused."""

from typing import Any

import numpy as np
import pytest
import torch

from pygmmrec.models import DGVAE
from pygmmrec.serving import Served
from pygmmrec.serving.export.vectors import Vectors, vectors_of
from pygmmrec.typing import Embeddings


def of(served: Served, dtype: Any = "float32", out: Embeddings | None = None) -> tuple[Vectors, Vectors]:
    return vectors_of(served.model, out or served.embeddings, (served.users, served.items), dtype)


def test_their_products_are_the_scores(served: Served) -> None:
    users, items = of(served)
    scores = served.model.score(served.embeddings, torch.arange(60)).detach().numpy()
    assert np.allclose(users.values @ items.values.T, scores, atol=1e-6)
    assert users.columns["id"].to_pylist() == list(served.users.ids.ids)
    assert items.columns["title"].to_pylist() == list(served.items.info.title)


def test_half_precision(served: Served) -> None:
    users, _ = of(served, "float16")
    assert users.values.dtype == np.float16
    assert np.allclose(users.values, of(served)[0].values, rtol=1e-3, atol=1e-6)


def test_what_is_refused(served: Served, named: Any) -> None:
    user, item = (side.detach() for side in served.embeddings)
    with pytest.raises(ValueError, match=r"'dtype' needs to be one of .*got 'int8'"):
        of(served, "int8")
    with pytest.raises(ValueError, match="'dtype' needs to be wide enough for"):
        of(served, "float16", Embeddings(user.new_full(user.shape, 1e6), item))
    with pytest.raises(ValueError, match="finite vectors of items"):
        of(served, out=Embeddings(user, item.index_fill(0, torch.tensor([79]), float("inf"))))
    other = DGVAE.prepare(named)
    with pytest.raises(ValueError, match=r"dot products of its vectors.*DGVAE.*export_lists"):
        of(Served(DGVAE.from_data(other, seed=0), other))
