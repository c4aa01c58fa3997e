import math

import pytest
import torch

from pygmmrec.models import BPRMF
from pygmmrec.typing import Triplets


@pytest.fixture
def batch() -> Triplets:
    return Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))


@pytest.mark.parametrize("variant", ["paper", "released"])
def test_loss_by_hand(toy_data, batch, variant) -> None:
    model = BPRMF(9, 11, embedding_dim=3, reg_weight=0.3, variant=variant).double()
    p, q = model.user_embedding.weight, model.item_embedding.weight
    bpr, squares = 0.0, [0.0, 0.0, 0.0]
    for u, i, j in zip(*(index.tolist() for index in batch), strict=True):
        bpr += math.log1p(math.exp(-float((p[u] @ q[i] - p[u] @ q[j]).detach()))) / 3
        for n, row in enumerate((p[u], q[i], q[j])):
            squares[n] += float(row.detach() @ row.detach())
    l2 = sum(squares) / 2 if variant == "paper" else sum(map(math.sqrt, squares))
    terms = model.loss(toy_data(), batch)
    assert terms["bpr"].item() == pytest.approx(bpr)
    assert terms["l2"].item() == pytest.approx(0.3 * l2 / 3)
    assert list(terms) == ["bpr", "l2"]


def test_the_embeddings_are_the_output(toy_data) -> None:
    model = BPRMF.from_data(toy_data(), embedding_dim=3)
    out = model(toy_data())
    assert out.user is model.user_embedding.weight
    assert out.item is model.item_embedding.weight
    assert (out.user.shape, out.item.shape) == ((9, 3), (11, 3))


def test_start_is_glorots_normal() -> None:
    model = BPRMF(400, 300, embedding_dim=50)
    for weight, fan in ((model.user_embedding.weight, 450), (model.item_embedding.weight, 350)):
        assert float(weight.detach().std()) == pytest.approx((2 / fan) ** 0.5, rel=0.05)
        assert float(weight.detach().abs().max()) > (6 / fan) ** 0.5  # where the uniform one ends


def test_an_unknown_variant_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"'variant' needs to be one of .* in 'BPRMF' \(got 'mine'\)"):
        BPRMF(2, 3, variant="mine")
