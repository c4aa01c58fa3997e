import math

import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import MENTOR
from pygmmrec.models.mentor import FUSED
from pygmmrec.typing import INTERACTS, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1]), torch.tensor([2, 0, 3]), torch.tensor([1, 3, 2]))
NAMES = ("m0", "m1")


@pytest.fixture
def data(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return MENTOR.pre_transform(k=3)(data)


def encoded(encoder, x, data, draws=()) -> list[torch.Tensor]:
    """Each modality by itself, users above items, on the square matrix."""
    between, out = data[INTERACTS].matrix.to_dense().double(), []
    square = torch.zeros(20, 20, dtype=torch.float64)
    square[9:, :9], square[:9, 9:] = between, between.t()
    for m, name in enumerate(x):
        first, second = encoder.project.hidden.lins[name], encoder.project.out.lins[name]
        f = F.leaky_relu(x[name] @ first.weight.t() + first.bias) @ second.weight.t() + second.bias
        f = F.normalize(f) * (torch.arange(11) != 4)[:, None] if name == "m1" else F.normalize(f)
        h = torch.cat([F.normalize(encoder.preference[name]), f])
        total = h
        for layer in range(encoder.num_layers):
            h = square @ h
            if draws:
                h = h + encoder.noise.eps * h.detach().sign() * F.normalize(draws[layer][:, m])
            total = total + h
        out.append(total)
    return out


def fused(model: MENTOR, data, z: list[torch.Tensor], weight: torch.Tensor) -> torch.Tensor:
    graph = torch.linalg.matrix_power(data[FUSED].matrix.to_dense().double(), model.num_ii_layers)
    user = torch.cat([weight[:, m : m + 1] * x[:9] for m, x in enumerate(z)], dim=1)
    item = torch.cat([x[9:] for x in z], dim=1)
    return torch.cat([user, item + graph @ item])


@pytest.mark.parametrize(("num_ui_layers", "num_ii_layers"), [(1, 2), (2, 1)])
@pytest.mark.parametrize("variant", ["paper", "released"])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(
    data, num_ui_layers, num_ii_layers, variant, monkeypatch
) -> None:
    sizes = {
        "num_ui_layers": num_ui_layers,
        "num_ii_layers": num_ii_layers,
        "embedding_dim": 4,
        "hidden_dim": 8,
    }
    shares = {"reg_weight": 0.2, "align_weight": 0.3, "mask_weight": 0.4, "cl_weight": 0.5}
    model = MENTOR.from_data(data, variant=variant, eps=0.7, temperature=0.6, **sizes, **shares).double()
    w = model.user_weight + 0.5
    x, ones = {name: data["item"][name] for name in NAMES}, torch.ones(9, 2).double()
    z = encoded(model.encode, x, data)
    r = fused(model, data, z, w)
    torch.testing.assert_close(torch.cat(model.eval()(data)), r, rtol=1e-6, atol=1e-6)

    noisy = []
    for encoder in model.noisy:
        draws = [torch.rand(20, 2, 4, dtype=torch.float64) for _ in range(num_ui_layers)]
        left = iter([part for draw in draws for part in draw.split([9, 11])])
        monkeypatch.setattr(encoder.noise, "draw", lambda x, left=left: next(left))
        noisy.append(fused(model, data, encoded(encoder, x, data, draws), w))
    keep = (torch.rand(11, 8) < 0.5).double() * 2
    monkeypatch.setattr("torch.nn.functional.dropout", lambda x, p, training: x * keep[: len(x)])
    terms = model.train().loss(data, BATCH)

    views = [r, fused(model, data, encoded(model.guide, {"id": model.item_embedding.weight}, data) * 2, ones)]
    views += [fused(model, data, [single] * 2, ones) for single in z]
    moments = [(view.var(), view.mean()) for view in views]
    pairs = [(a, b) for n, a in enumerate(moments) for b in moments[:n]]
    paper = variant == "paper"
    weight = w[BATCH.user] if paper else w
    squares = [model.encode.preference[name][BATCH.user] for name in NAMES]
    item, user = r[9:], r[:9][BATCH.user]

    def contrast(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        logits = F.normalize(a) @ F.normalize(b).t() / 0.6
        return (logits.logsumexp(dim=1) - logits.diagonal()).mean()

    masked = [
        1 - F.cosine_similarity(model.predict(side.detach()), side.detach() * keep[: len(side)]).mean()
        for side in (r[:9], item)
    ]
    bpr = F.softplus((user * (item[BATCH.neg] - item[BATCH.pos])).sum(1)).mean()
    expected = {
        "bpr": bpr if paper else bpr / math.log(2),
        "l2": 0.2 * sum(value.pow(2).mean() for value in (*squares, weight)),
        "alignment": 0.3 * sum((x - y).abs() for a, b in pairs for x, y in zip(a, b, strict=True)),
        "cl_graph": 0.5 * sum(contrast(*(n[side] for n in noisy)) for side in (slice(9), slice(9, None))),
        "mask": 0.4 * sum(masked if paper else [value.detach() for value in masked]),
    }
    assert list(terms) == list(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-6, atol=1e-6)
    names, weights = zip(*model.named_parameters(), strict=True)
    actual, dense = (
        torch.autograd.grad(sum(found.values()), weights, retain_graph=True, allow_unused=True)
        for found in (terms, expected)
    )
    for name, ours, theirs in zip(names, actual, dense, strict=True):
        if not paper and name.startswith("predict."):
            assert ours is None
            assert theirs is None
        else:
            torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-6)


def test_weights_of_modalities_start_as_shares_and_a_row_of_zeros_is_all_alike(data) -> None:
    model = MENTOR.from_data(data, embedding_dim=4).double()
    torch.testing.assert_close(model.weights().sum(dim=1), torch.ones(9).double())
    assert (model.weights() > 0).all()
    assert model.weights().unique().numel() > 9
    torch.nn.init.zeros_(model.user_weight)
    assert model.weights().eq(0.5).all()


def test_nothing_is_masked_without_a_weight(data) -> None:
    model = MENTOR.from_data(data, embedding_dim=4, mask_weight=0).double()
    assert list(model.loss(data, BATCH)) == ["bpr", "l2", "alignment", "cl_graph"]
    assert not any(name.startswith("predict.") for name in model.state_dict())


def test_the_masked_term_trains_its_own_weights_only(data) -> None:
    model = MENTOR.from_data(data, embedding_dim=4).double()
    model.loss(data, BATCH)["mask"].backward()
    found = {name for name, weight in model.named_parameters() if weight.grad is not None}
    assert found == {"predict.weight", "predict.bias"}


def test_wrong_arguments(toy_data, data) -> None:
    for wrong in ({"variant": "other"}, {"p": 1.5}, {"num_ui_layers": -1}):
        (name,) = wrong
        with pytest.raises(ValueError, match=f"'{name}' needs to be"):
            MENTOR.from_data(data, **wrong)
    with pytest.raises(ValueError, match=r"Call MENTOR.prepare\(data\) first"):
        MENTOR.from_data(toy_data()).double()(toy_data())
