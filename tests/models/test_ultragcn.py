import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import UltraGCN
from pygmmrec.typing import Triplets

BATCH = Triplets(torch.tensor([0, 1, 1, 4]), torch.tensor([2, 0, 3, 2]), torch.tensor([1, 7, 10, 5]))
CONFIG = {
    "embedding_dim": 4,
    "w1": 0.2,
    "w2": 0.7,
    "w3": 0.4,
    "w4": 1.3,
    "related_weight": 0.6,
    "reg_weight": 0.3,
}


@pytest.fixture
def known() -> torch.Tensor:
    """Which users have which items, [9, 11]; nobody has item 10, and nothing goes with item 9."""
    known = torch.rand(9, 11, generator=torch.Generator().manual_seed(2)) < 0.4
    known[:, 9:] = False
    known[8] = False
    known[8, 9] = True
    known[BATCH.user, BATCH.pos] = True
    return known


@pytest.mark.parametrize("k", [1, 3, 10])
def test_scores_and_loss_are_the_dense_formulas(toy_data, known, k) -> None:
    data = UltraGCN.prepare(toy_data(known.nonzero().t(), 9, 11), k=k)
    model = UltraGCN.from_data(data, **CONFIG).double()
    user, item = model.user_embedding.weight, model.item_embedding.weight
    score = user @ item.t()  # [U, D] x [D, I] -> [U, I]
    torch.testing.assert_close(model.score(model(data), torch.arange(9)), score, rtol=1e-6, atol=1e-6)

    known = known.double()
    of_user, of_item = known.sum(1, keepdim=True), known.sum(0, keepdim=True)
    beta = 1 / of_user * ((of_user + 1) / (of_item + 1)).sqrt()  # [U, I]
    common = known.t() @ known
    total = common.sum(1)
    omega = common / (total - common.diag())[:, None] * (total[:, None] / total).sqrt()  # [I, I]
    expected = {name: torch.zeros(()).double() for name in ("pos", "neg", "related", "l2")}
    for u, i, j in zip(*(index.tolist() for index in BATCH), strict=True):
        expected["pos"] -= (0.2 + 0.7 * beta[u, i]) * F.logsigmoid(score[u, i])
        expected["neg"] -= (0.4 + 1.3 * beta[u, j]) * F.logsigmoid(-score[u, j])
        others = [n for n in range(11) if n != i and common[i, n] > 0]
        for n in sorted(others, key=lambda n: (-common[i, n].item(), n))[:k]:
            expected["related"] -= 0.6 * omega[i, n] * F.logsigmoid(score[u, n])
        squares = user[u].square().sum() + item[i].square().sum() + item[j].square().sum()
        expected["l2"] += 0.3 / 2 * squares
    terms = model.loss(data, BATCH)
    assert list(terms) == list(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-6, atol=1e-6)
    actual = torch.autograd.grad(sum(terms.values()), list(model.parameters()))
    wanted = torch.autograd.grad(sum(expected.values()), list(model.parameters()))
    for left, right in zip(actual, wanted, strict=True):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-6)


def test_an_item_that_goes_with_none_adds_nothing(toy_data, known) -> None:
    data = UltraGCN.prepare(toy_data(known.nonzero().t(), 9, 11))
    model = UltraGCN.from_data(data, **CONFIG).double()
    batch = Triplets(torch.tensor([8]), torch.tensor([9]), torch.tensor([0]))
    terms = model.loss(data, batch)
    assert terms["related"] == 0
    assert all(value.isfinite() for value in terms.values())


def test_without_related_items_there_is_no_term_of_them(toy_data) -> None:
    data = UltraGCN.prepare(toy_data())
    model = UltraGCN.from_data(data, embedding_dim=4, related_weight=0.0).double()
    assert list(model.loss(data, BATCH)) == ["pos", "neg", "l2"]


def test_wrong_arguments_and_graphs_are_errors(toy_data) -> None:
    for name in ("w1", "w2", "w3", "w4", "related_weight"):
        with pytest.raises(ValueError, match=f"'{name}' needs to be at least 0"):
            UltraGCN(2, 3, **{name: -1.0})
    data = toy_data()
    with pytest.raises(ValueError, match="a graph with the 'degree' of users and items"):
        UltraGCN.from_data(data, embedding_dim=4).loss(data, BATCH)
