import pytest
import torch
import torch.nn.functional as F

from pygmmrec.models import DiffMM
from pygmmrec.nn.conv.chosen_items import user_rows
from pygmmrec.training import fit
from pygmmrec.typing import INTERACTS, REV_INTERACTS, Triplets, available_key

BATCH = Triplets(torch.tensor([0, 1, 1, 3]), torch.tensor([2, 0, 3, 4]), torch.tensor([1, 3, 2, 6]))
NAMES = ("m0", "m1")
SMALL = {"embedding_dim": 4, "hidden_dim": 5, "step_dim": 4}


@pytest.fixture
def data(toy_data):
    """Item 4 lacks the second modality."""
    data = toy_data()
    data["item"][available_key("m1")] = torch.arange(11) != 4
    return DiffMM.pre_transform()(data)


def square(known: torch.Tensor) -> torch.Tensor:
    """Pairs [U, I] as the normalised matrix with self loops."""
    graph = torch.eye(20, dtype=torch.float64)
    graph[:9, 9:], graph[9:, :9] = known, known.t()
    root = graph.sum(1).rsqrt()
    return root[:, None] * graph * root


def unit(x):
    return x / x.norm(dim=1, keepdim=True).clamp(min=1e-12)


def dense(model: DiffMM, data):
    """Z, and the views, of users above items; features that are not scaled."""
    rows = torch.zeros(9, 11, dtype=torch.float64)
    rows[tuple(data[INTERACTS].edge_index)] = 1
    graph, p, e = square(rows), model.user_embedding.weight, model.item_embedding.weight
    features, parts, views = {}, [], {}
    for name in NAMES:
        x = data["item"][name]
        if name in (model.linear or ()):
            lin = model.straight.lins[name]
            f = x @ lin.weight.t() + lin.bias
        else:
            f = F.leaky_relu(x @ model.bent.lins[name].weight.t(), 0.2)
        features[name] = f * (torch.arange(11) != 4)[:, None] if name == "m1" else f
        with torch.no_grad():
            best = model.schedule.reverse(model.denoisers[name], rows).topk(model.num_chosen).indices
        chosen = square(torch.zeros(9, 11, dtype=torch.float64).scatter(1, best, 1.0))
        first = graph @ torch.cat([p, unit(features[name])])
        second = graph @ torch.cat([first[:9], e])
        parts.append(first + second + model.chosen_weight * chosen @ torch.cat([p, e]))
        start = chosen @ torch.cat([p, unit(features[name])])
        views[name] = sum(torch.linalg.matrix_power(graph, n) @ start for n in range(model.num_layers + 1))
    h = sum(w * part for w, part in zip(model.share.softmax(0), parts, strict=True))
    z = sum(torch.linalg.matrix_power(graph, n) @ h for n in range(model.num_layers + 1))
    return z + model.residual_weight * unit(h), views, features


def nce(one, other, index, temperature, among):
    """All nodes that have both are negatives."""
    logits = unit(one) @ unit(other)[among].t() / temperature
    own = (unit(one) * unit(other)).sum(1) / temperature
    kept = [n for n in index.tolist() if n in among]
    return sum(logits[n].logsumexp(0) - own[n] for n in kept) / len(kept)


@pytest.mark.parametrize(("num_layers", "contrast", "linear"), [(1, "views", False), (2, "main", ("m1",))])
def test_embeddings_loss_and_gradients_are_the_dense_formulas(data, num_layers, contrast, linear) -> None:
    config = {"contrast": contrast, "linear": linear, "cl_weight": 0.3, "reg_weight": 0.1, "num_chosen": 2}
    model = DiffMM.from_data(data, num_layers=num_layers, **SMALL, **config).double().eval()
    z, views, features = dense(model, data)
    torch.testing.assert_close(torch.cat(model(data)), z, rtol=1e-6, atol=1e-6)

    user, item = z.split([9, 11])
    bpr = F.softplus((user[BATCH.user] * (item[BATCH.neg] - item[BATCH.pos])).sum(1)).mean()
    p, e = model.user_embedding.weight, model.item_embedding.weight
    pairs = [(views["m0"], views["m1"])] if contrast == "views" else [(z, views[name]) for name in NAMES]
    contrasted = 0
    for n, (one, other) in enumerate(pairs):
        has_both = contrast == "main" and n == 0
        among = [i for i in range(11) if has_both or i != 4]
        contrasted = contrasted + nce(one[:9], other[:9], BATCH.user, 0.5, list(range(9)))
        contrasted = contrasted + nce(one[9:], other[9:], BATCH.pos, 0.5, among)
    rows = user_rows(data[REV_INTERACTS].matrix, torch.tensor([0, 1, 3])).double()
    noisy = model.schedule.alpha_bar[0] ** 0.5 * rows  # in evaluation without noise, at the first step
    denoise, inject = 0, 0
    for name in NAMES:
        output = model.denoisers[name](noisy, torch.zeros(3, dtype=torch.int64))
        denoise = denoise + (rows - output).pow(2).mean()
        mask = (torch.arange(11) != 4) if name == "m1" else torch.ones(11)
        meant = (output * mask) @ features[name].detach() - (rows * mask) @ e.detach()
        inject = inject + meant.pow(2).mean()
    expected = {
        "bpr": bpr,
        "l2": 0.1 * (p.pow(2).sum() + e.pow(2).sum()),
        "cl": 0.3 * contrasted,
        "denoise": denoise,
        "inject": 0.1 * inject,
    }
    terms = model.loss(data, BATCH)
    assert list(terms) == list(expected)
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value, rtol=1e-6, atol=1e-6)
    weights = list(model.parameters())
    actual = torch.autograd.grad(sum(terms.values()), weights, retain_graph=True)
    for left, right in zip(actual, torch.autograd.grad(sum(expected.values()), weights), strict=True):
        torch.testing.assert_close(left, right, rtol=1e-6, atol=1e-6)


def test_all_modalities_can_be_linear(data) -> None:
    model = DiffMM.from_data(data, linear=True, **SMALL)
    assert model.bent is None
    assert set(model.straight.lins) == set(NAMES)


def test_a_user_is_denoised_once_an_epoch_on_average(data) -> None:
    """Of a user with n items, one triplet in n is taken: a batch of one triplet has a loss so often."""
    model = DiffMM.from_data(data, **SMALL).double()
    features, seen = model.features(data), {}
    degree = data[REV_INTERACTS].matrix.degree()
    for user in (0, 3):
        drawn = [model.denoising(data, torch.tensor([user]), features)["denoise"] > 0 for _ in range(600)]
        seen[user] = torch.stack(drawn).double().mean().item()
        assert seen[user] == pytest.approx(1 / degree[user].item(), abs=0.08)


def test_denoisers_and_the_recommender_leave_each_other_alone(data) -> None:
    model = DiffMM.from_data(data, **SMALL).double()
    model.train()
    terms = model.loss(data, Triplets(*(x.repeat(20) for x in BATCH)))
    denoisers = {name for name, _ in model.named_parameters() if name.startswith("denoisers.")}
    for kinds, reached in ((("denoise", "inject"), True), (("bpr", "l2", "cl"), False)):
        model.zero_grad()
        sum(terms[kind] for kind in kinds).backward(retain_graph=True)
        grads = {name for name, value in model.named_parameters() if value.grad is not None}
        assert grads == denoisers if reached else not grads & denoisers


def test_an_epochs_graph_is_drawn_and_evaluation_has_the_whole(data) -> None:
    model, epoch = DiffMM.from_data(data, **SMALL).double(), data.clone()
    model.train().refresh(epoch)
    thin, whole = (model.chosen(graph, "m0") for graph in (epoch, data))
    assert (thin.to_user.value == 0).any()
    assert (whole.to_user.value > 0).all()
    assert torch.equal(thin.to_user.col, whole.to_user.col)
    model.eval().refresh(epoch)
    torch.testing.assert_close(torch.cat(model(epoch)), torch.cat(model(data)))


def test_denoisers_go_on_from_a_checkpoint_to_the_last_bit(toy_data, tmp_path) -> None:
    data = toy_data(dtype=torch.float32)
    groups = {"denoisers": {"lr": 1e-2}}
    options = {"batch_size": 8, "monitor": None, "test": False, "param_groups": groups, "progress": False}
    whole = DiffMM.from_data(data, seed=1, **SMALL)
    before = {name: value.clone() for name, value in whole.state_dict().items()}
    fit(whole, data, epochs=3, **options)
    for epochs in (1, 3):
        parts = DiffMM.from_data(data, seed=1, **SMALL)
        fit(parts, data, epochs=epochs, output=tmp_path / "run", resume=True, **options)
    for name, value in whole.state_dict().items():
        assert torch.equal(parts.state_dict()[name], value), name
        assert not torch.equal(before[name], value), name


def test_wrong_arguments_are_errors(toy_data) -> None:
    with pytest.raises(ValueError, match=r"'contrast' needs to be one of .* in 'DiffMM' \(got 'mine'\)"):
        DiffMM(2, 3, {"m0": 4}, contrast="mine")
    with pytest.raises(ValueError, match=r"'linear' needs to be modalities among \['m0'\]"):
        DiffMM(2, 3, {"m0": 4}, linear=["m1"])
    with pytest.raises(ValueError, match=r"Call DiffMM.prepare\(data\) first"):
        DiffMM.from_data(toy_data(), **SMALL).double()(toy_data())
