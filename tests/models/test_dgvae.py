"""The equations on matrices of users, items and words, worked out here: no released code gave numbers."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pygmmrec.models import DGVAE
from pygmmrec.typing import INTERACTS, USER_WORDS, Triplets, available_key, item_edge_type

BATCH = Triplets(torch.tensor([5, 0, 5, 3]), torch.tensor([2, 0, 3, 1]), torch.tensor([1, 3, 2, 0]))
USERS = [0, 3, 5, 5]
"""Each user as often as it has triplets, and counting for less the more items it has."""


@pytest.fixture
def data(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return DGVAE.pre_transform(k=3, weights={"m0_knn": 0.3, "m1_knn": 0.7})(data)


def unit(x: Tensor) -> Tensor:
    return x / x.norm(dim=-1, keepdim=True)


def encode(tower, x: Tensor, graph: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """Shares [N, K], means and log variances [B, K, D]."""
    share = (unit(tower.code) @ unit(tower.prototype).t() / tower.temperature).softmax(dim=1)
    means, log_vars = [], []
    for k in range(tower.num_factors):
        y = unit(x * share[:, k])
        if graph is not None:
            y = (y @ graph @ graph + y) / 2
        mean, log_precision = (y @ tower.weight + tower.bias).chunk(2, dim=1)
        means.append(unit(mean))
        log_vars.append(-log_precision)
    return share, torch.stack(means, dim=1), torch.stack(log_vars, dim=1)


def relate(q: Tensor, k: Tensor) -> Tensor:
    """M(Q, K) of one user, by its definition."""
    near = -torch.stack([(a - k).abs().sum(dim=1) for a in q])  # [K, K]
    return torch.tanh(q @ k.t()) * torch.sigmoid(near - near.mean(dim=1, keepdim=True))


def decode(tower, share: Tensor, z: Tensor) -> Tensor:
    logits = z @ unit(tower.code).t() / tower.temperature  # [B, K, N]
    return sum(share[:, k] * logits[:, k].exp() for k in range(z.size(1))).log()


def dense(model: DGVAE, data) -> dict[str, Tensor]:
    """Scores of all users, and the terms of the loss of some, without any noise."""
    x = torch.zeros(9, 11, dtype=torch.float64)
    x[data[INTERACTS].edge_index[0], data[INTERACTS].edge_index[1]] = 1
    words = data[USER_WORDS].matrix.to_dense().double()
    graph = data[item_edge_type("fused")].matrix.to_dense().double()
    share, z_r, log_var_r = encode(model.items, x, graph)
    word_share, z_t, log_var_t = encode(model.words, words, None)
    t_given_r = torch.stack([relate(r, t) @ t for r, t in zip(z_r, z_t, strict=True)])
    r_given_t = torch.stack([relate(t, r) @ r for r, t in zip(z_r, z_t, strict=True)])
    z = t_given_r + r_given_t
    scores = decode(model.items, share, z)
    word_scores = decode(model.words, word_share, z)

    share_of_user = {u: 1 / x[u].sum() for u in USERS}
    total = sum(share_of_user[u] for u in USERS)

    def mean(of_user) -> Tensor:
        return sum(share_of_user[u] * of_user(u) for u in USERS) / total

    def likelihood(logits: Tensor, target: Tensor) -> Tensor:
        return mean(lambda u: -(target[u] * logits[u].log_softmax(dim=0)).sum())

    def kl(log_var: Tensor) -> Tensor:
        return mean(lambda u: sum(-0.5 * (1 + v - v.exp()).sum() for v in log_var[u]))

    num = model.num_factors

    def contrast(u: int) -> Tensor:
        found = 0
        for k in range(num):
            product = [r_given_t[u, k] @ t_given_r[u, j] for j in range(num)]
            agree = [F.softplus(-value if j == k else value) for j, value in enumerate(product)]
            found += (agree.pop(k) + (sum(agree) / (num - 1) if agree else 0)) / num
        return found

    return {
        "scores": scores,
        "items": likelihood(scores, x),
        "words": model.words_weight * likelihood(word_scores, words),
        "kl": model.kl_weight * (kl(log_var_r) + model.words_weight * kl(log_var_t)),
        "contrast": model.contrast_weight * mean(contrast),
    }


@pytest.mark.parametrize("num_factors", [1, 2, 4])
def test_scores_loss_and_gradients_are_the_dense_formulas(data, num_factors) -> None:
    config = {"num_factors": num_factors, "temperature": 0.3, "kl_weight": 0.7, "words_weight": 0.6}
    model = DGVAE.from_data(data, embedding_dim=4, contrast_weight=0.9, **config).double().eval()
    torch.nn.init.normal_(model.items.bias)
    torch.nn.init.normal_(model.words.bias)
    expected = dense(model, data)
    torch.testing.assert_close(
        model.score(model(data), torch.tensor([4, 0, 8])), expected.pop("scores")[[4, 0, 8]]
    )
    terms = model.loss(data, BATCH)
    assert set(terms) == set(expected)
    for name, value in terms.items():
        torch.testing.assert_close(value, expected[name], rtol=1e-10, atol=1e-10)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(sum(expected.values()), weights), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-8, atol=1e-10)


def test_only_training_is_noisy_and_ranking_never_is(data) -> None:
    model = DGVAE.from_data(data, embedding_dim=4).double()
    out = model(data)
    assert torch.equal(out.user, model.eval()(data).user)
    assert model.loss(data, BATCH) == model.loss(data, BATCH)
    model.train()
    first, second = model.loss(data, BATCH), model.loss(data, BATCH)
    assert all(first[name] != second[name] for name in first)


def test_the_noise_of_training_is_around_the_quiet_loss(data) -> None:
    """One factor has nothing to be drawn by Gumbel's noise, and what else is drawn is turned down."""
    model = DGVAE.from_data(data, embedding_dim=4, num_factors=1, p=0.0, std=1e-6).double()
    noisy = model.loss(data, BATCH)
    quiet = model.eval().loss(data, BATCH)
    for name, value in noisy.items():
        torch.testing.assert_close(value, quiet[name], rtol=1e-4, atol=1e-6)


def test_items_of_no_modality_and_users_of_no_item_have_finite_scores(toy_data, edge_index) -> None:
    """Item 3 and user 4 have no edge; item 2 has no features."""
    data = toy_data(edge_index, 5, 4)
    for name in ("m0", "m1"):
        data["item"][available_key(name)] = torch.tensor([True, True, False, True])
    data = DGVAE.pre_transform(k=2)(data)
    model = DGVAE.from_data(data, embedding_dim=4).double()
    assert model.score(model(data), torch.arange(5)).isfinite().all()
    batch = BATCH._replace(user=BATCH.user.clamp(max=4))
    assert all(value.isfinite() for value in model.loss(data, batch).values())


def test_words_that_are_given_are_the_vocabulary(toy_data) -> None:
    data = toy_data()
    data["item"]["m0"] = (data["item"]["m0"] > 0.4).double()
    data = DGVAE.pre_transform(k=3, given=["m0"], num_words=1)(data)
    model = DGVAE.from_data(data, embedding_dim=4)
    assert model.num_words == 5 + 1  # the columns of m0, and one of k-means for m1


def test_wrong_arguments_are_errors(data) -> None:
    for config, name in (
        ({"temperature": 0.0}, "temperature"),
        ({"p": 1.0}, "p"),
        ({"std": -1.0}, "std"),
        ({"num_factors": 0}, "num_factors"),
        ({"num_words": 0}, "num_columns"),
    ):
        with pytest.raises(ValueError, match=f"'{name}' needs to be"):
            DGVAE(2, 3, {"m0": 4}, **config)
    model = DGVAE.from_data(data, num_words=7)
    with pytest.raises(ValueError, match=r"'data' needs to be a graph of 7 words in 'DGVAE' \(got 4\)"):
        model(data)
