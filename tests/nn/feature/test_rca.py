import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from pygmmrec.kernels.correlation import correlate as kernel
from pygmmrec.nn import RCA
from pygmmrec.nn.feature.rca import RCAOptions, rca_options

NUM, DIM = 14, 4
NORMS = ["none", "common", "l2", "layer"]
OPTIONS = {
    "correlation": ["entity", "feature"],
    "activation": ["tanh", "identity"],
    "scale": [None, 0.7],
    "hidden_scale": [None, 1.0],
    "share_weights": [False, True],
    "norm": NORMS,
}
ALL = [dict(zip(OPTIONS, values, strict=True)) for values in itertools.product(*OPTIONS.values())]


def inputs(num_modalities: int = 2, dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    return {f"m{m}": torch.randn(NUM, DIM, dtype=dtype, requires_grad=True) for m in range(num_modalities)}


def build(num_modalities: int = 2, **kwargs) -> RCA:
    """In evaluation, where buckets are the same at each call."""
    names = [f"m{m}" for m in range(num_modalities)]
    module = RCA(names, DIM, **{"bucket_size": 4, **kwargs}).double().eval()
    for weights in module.rounds:
        torch.nn.init.normal_(weights.bias)
    return module


def equations(module: RCA, x: dict[str, Tensor]) -> dict[str, Tensor]:
    """Equations 7 to 13 of the paper, one line each, entry by entry where it reads better."""
    xs = [x[name] for name in module.modalities]
    phi = {"tanh": torch.tanh, "identity": lambda c: c}[module.activation]
    for r in range(module.num_rounds):
        w = module.rounds[0] if module.share_weights else module.rounds[r]
        if module.norm == "l2":
            xs = [row / row.norm(dim=1, keepdim=True) * DIM**0.5 for row in xs]
        elif module.norm == "common":
            xs = [x_m / sum(row @ row for row in x_m).div(NUM).sqrt() * DIM**0.5 for x_m in xs]
        elif module.norm == "layer":
            xs = [
                (row - row.mean(1, keepdim=True)) / (row.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
                for row in xs
            ]
        joint = torch.cat(xs, dim=1)  # eq. 7
        mixed = joint @ w.joint.t() + w.bias  # eq. 8, W_tr stored as nn.Linear stores it
        after = []
        for m, x_m in enumerate(xs):
            f_m = mixed @ w.query[m]  # eq. 9
            if module.correlation == "entity":
                scale = DIM**0.5 if module.scale is None else module.scale
                c_m = phi(torch.stack([(f_m * row).sum(1) for row in x_m]) / scale)  # eq. 10, [N, N]
                h_m = torch.relu(c_m @ x_m @ w.value[m]) / (module.hidden_scale or NUM)  # eq. 11
            else:
                scale = NUM if module.scale is None else module.scale
                c_m = phi(sum(torch.outer(x_m[i], f_m[i]) for i in range(NUM)) / scale)  # eq. 10, [D, D]
                h_m = torch.relu(x_m @ w.value[m] @ c_m) / (module.hidden_scale or DIM**0.5)
            after.append(x_m + h_m @ w.out[m])  # eq. 12
        xs = after
    return dict(zip(module.modalities, xs, strict=True))


@pytest.mark.parametrize("options", ALL, ids=lambda options: "-".join(map(str, options.values())))
def test_values_and_gradients_are_those_of_the_equations(monkeypatch, options) -> None:
    monkeypatch.setattr(kernel, "CPU_TILE", (5, 6))
    module, x = build(num_rounds=2, **options), inputs()
    factor = torch.randn(NUM, 2 * DIM, dtype=torch.float64)
    given = [*x.values(), *module.parameters()]
    results = []
    for function in (module, module.forward_ref, lambda x: equations(module, x)):
        out = torch.cat([function(x)[name] for name in ("m0", "m1")], dim=1)
        results.append([out, *torch.autograd.grad((out * factor).sum(), given)])
    for other in results[1:]:
        for actual, expected in zip(results[0], other, strict=True):
            atol = 1e-12 * max(1.0, float(expected.detach().abs().max()))  # of sums with large terms
            torch.testing.assert_close(actual, expected, rtol=1e-12, atol=atol)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", ["tanh", "identity"])
@pytest.mark.parametrize("bucket_by", ["lsh", "random"])
def test_buckets_have_the_values_and_gradients_of_the_plain_twin(bucket_by, activation, norm) -> None:
    options = {"correlation": "bucket", "bucket_by": bucket_by, "activation": activation, "norm": norm}
    module, x = build(num_rounds=2, **options), inputs()
    factor = torch.randn(NUM, 2 * DIM, dtype=torch.float64)
    given = [*x.values(), *module.parameters()]
    results = []
    for function in (module, module.forward_ref):
        out = torch.cat(list(function(x).values()), dim=1)
        results.append([out, *torch.autograd.grad((out * factor).sum(), given)])
    for actual, expected in zip(*results, strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("scale", "hidden_scale"), [(None, None), (0.7, None), (None, 3.0)])
@pytest.mark.parametrize("bucket_by", ["lsh", "random"])
def test_one_bucket_is_the_entity_level_form_and_smaller_ones_are_not(bucket_by, scale, hidden_scale) -> None:
    scales = {"scale": scale, "hidden_scale": hidden_scale}
    exact, x = build(num_rounds=2, **scales), inputs()
    available = {"m1": torch.rand(NUM) < 0.7}
    for bucket_size, same in ((NUM, True), (4, False)):
        options = {"bucket_size": bucket_size, "bucket_by": bucket_by, **scales}
        module = build(num_rounds=2, correlation="bucket", **options)
        module.load_state_dict(exact.state_dict())
        for name, expected in exact(x, available).items():
            actual = module(x, available)[name]
            assert torch.allclose(actual, expected, rtol=1e-10, atol=1e-10) == same


def seeds_of(monkeypatch, module: RCA) -> list[int]:
    """The seeds of the masks of one call, of two modalities in each round."""
    seeds = []

    def record(x: Tensor, f: Tensor, v: Tensor, *, seed: int, **_) -> Tensor:
        seeds.append(seed)
        return v

    monkeypatch.setattr("pygmmrec.nn.feature.rca.bucket_correlate", record)
    module(inputs())
    return seeds


def test_each_round_has_masks_of_its_own_and_training_draws_them_anew(monkeypatch) -> None:
    module = build(num_rounds=3, correlation="bucket", share_weights=True)
    assert seeds_of(monkeypatch, module) == seeds_of(monkeypatch, module) == [0, 0, 1, 1, 2, 2]
    module.train()
    torch.manual_seed(5)
    first, second = seeds_of(monkeypatch, module), seeds_of(monkeypatch, module)
    torch.manual_seed(5)
    assert first == seeds_of(monkeypatch, module)
    assert set(first).isdisjoint(second)
    assert [seed - first[0] for seed in first] == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize("bucket_by", ["lsh", "random"])
def test_in_training_two_calls_differ_by_their_buckets_alone(bucket_by) -> None:
    module, x = build(correlation="bucket", bucket_by=bucket_by), inputs()
    torch.testing.assert_close(module(x)["m0"], module(x)["m0"], rtol=0, atol=0)
    module.train()
    assert not torch.equal(module(x)["m0"], module(x)["m0"])
    whole = build(correlation="bucket", bucket_by=bucket_by, bucket_size=NUM).train()
    torch.testing.assert_close(whole(x)["m0"], whole(x)["m0"], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("norm", NORMS)
def test_a_common_factor_keeps_who_is_more_active(norm) -> None:
    """Doubling a user's row changes what the user is, but where each row has a length of its own."""
    module, x = build(norm=norm, num_rounds=1), inputs()
    double = {name: torch.cat([2 * rows[:1], rows[1:]]) for name, rows in x.items()}
    out, other = (module._normalize(each["m0"], NUM) for each in (x, double))
    ratio = (other[0] / out[0]) / (other[1] / out[1]).mean()
    expected = torch.full_like(ratio, 2.0 if norm in ("none", "common") else 1.0)
    torch.testing.assert_close(ratio, expected, rtol=1e-4, atol=1e-4)  # layer norm has an epsilon
    if norm == "common":
        assert float(out.detach().square().sum(1).mean()) == pytest.approx(DIM)


def test_rounds_that_start_as_the_identity_learn_from_the_first_step() -> None:
    module, x = build(num_rounds=2, norm="none", start_as_identity=True), inputs()
    out = module(x)
    for name in x:
        torch.testing.assert_close(out[name], x[name], rtol=0, atol=0)
    sum(value.square().sum() for value in out.values()).backward()
    assert all(weights.out.grad.abs().sum() > 0 for weights in module.rounds)
    with torch.no_grad():
        for weights in module.rounds:
            weights.out -= 0.1 * weights.out.grad
    sum(value.square().sum() for value in module(x).values()).backward()
    assert all(value.grad.abs().sum() > 0 for value in module.parameters())
    module.reset_parameters()
    assert all(weights.out.eq(0).all() and weights.joint.ne(0).any() for weights in module.rounds)


@pytest.mark.parametrize("num_rounds", [0, 1, 3])
@pytest.mark.parametrize("num_modalities", [1, 2, 3])
@pytest.mark.parametrize("correlation", ["entity", "feature"])
def test_any_number_of_modalities_and_rounds(correlation, num_modalities, num_rounds) -> None:
    module, x = build(num_modalities, num_rounds=num_rounds, correlation=correlation), inputs(num_modalities)
    out, expected = module(x), equations(module, x)
    assert list(out) == list(x)
    for name in x:
        torch.testing.assert_close(out[name], expected[name], rtol=1e-10, atol=1e-10)
        assert (num_rounds == 0) == torch.equal(out[name], x[name])


@pytest.mark.parametrize("correlation", ["entity", "feature", "bucket"])
@pytest.mark.parametrize("share_weights", [False, True])
def test_the_gradient_reaches_every_element_of_every_weight(correlation, share_weights) -> None:
    module = build(3, num_rounds=3, correlation=correlation, share_weights=share_weights)
    reached = {name: torch.zeros_like(value) for name, value in module.named_parameters()}
    for _ in range(4):  # a unit of the ReLU may be dead for one input
        module.zero_grad()
        out = torch.cat(list(module(inputs(3)).values()), dim=1)
        (out * torch.randn_like(out)).sum().backward()
        for name, value in module.named_parameters():
            reached[name] += value.grad.abs()
    assert len(reached) == (5 if share_weights else 15)
    assert [name for name, value in reached.items() if not value.ne(0).all()] == []


@pytest.mark.parametrize("correlation", ["entity", "feature", "bucket"])
def test_entities_in_another_order_give_the_same_in_that_order(correlation) -> None:
    module, x, order = build(correlation=correlation), inputs(), torch.randperm(NUM)
    out = module(x)
    shuffled = module({name: value[order] for name, value in x.items()})
    for name in x:
        torch.testing.assert_close(shuffled[name], out[name][order], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("norm", NORMS)
@pytest.mark.parametrize("activation", ["tanh", "identity"])
@pytest.mark.parametrize("correlation", ["entity", "feature", "bucket"])
def test_an_entity_without_a_modality_takes_no_part_in_it(correlation, activation, norm) -> None:
    module, x = build(correlation=correlation, activation=activation, norm=norm), inputs()
    mask = torch.rand(NUM) < 0.7
    available = {"m1": mask}
    out, plain = module(x, available), module.forward_ref(x, available)
    assert out["m1"][~mask].eq(0).all()
    for name in x:
        torch.testing.assert_close(out[name], plain[name], rtol=1e-10, atol=1e-10)
    rubbish = {"m0": x["m0"], "m1": torch.where(mask[:, None], x["m1"], 1e3)}
    for name in x:
        assert torch.equal(module(rubbish, available)[name], out[name])
    everyone = {name: torch.ones(NUM, dtype=torch.bool) for name in x}
    for name, expected in module(x).items():
        torch.testing.assert_close(module(x, everyone)[name], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("correlation", ["entity", "feature"])
def test_with_one_modality_rows_without_it_may_as_well_be_deleted(correlation) -> None:
    module, x, mask = build(1, correlation=correlation), inputs(1), torch.rand(NUM) < 0.6
    left = module(x, {"m0": mask})["m0"][mask]
    torch.testing.assert_close(left, module({"m0": x["m0"][mask]})["m0"], rtol=1e-10, atol=1e-10)


def test_a_modality_that_nobody_has_stays_empty() -> None:
    out = build()(inputs(), {"m0": torch.zeros(NUM, dtype=torch.bool)})
    assert out["m0"].eq(0).all()
    assert out["m1"].isfinite().all()


def test_modalities_are_told_apart_by_name_and_others_are_left_out() -> None:
    module, x = build(), inputs(3)
    out, swapped = module(x), module({name: x[name] for name in ("m2", "m1", "m0")})
    assert list(out) == list(swapped) == ["m0", "m1"]
    assert torch.equal(out["m1"], swapped["m1"])


@pytest.mark.parametrize("correlation", ["entity", "feature", "bucket"])
def test_single_precision_is_that_of_the_plain_twin(correlation) -> None:
    module, x = build(correlation=correlation).float(), inputs(dtype=torch.float32)
    for actual, expected in zip(module(x).values(), module.forward_ref(x).values(), strict=True):
        torch.testing.assert_close(actual, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("correlation", ["entity", "feature", "bucket"])
@pytest.mark.parametrize("norm", NORMS)
def test_an_entity_without_features_keeps_gradients_finite(correlation, norm) -> None:
    raw, weight = torch.randn(NUM, 3), torch.randn(3, DIM, requires_grad=True)
    raw[2] = 0
    module = RCA(["m0"], DIM, num_rounds=4, correlation=correlation, norm=norm)
    out = module({"m0": raw @ weight})["m0"]
    F.normalize(out, dim=1).sum().backward()
    assert weight.grad.isfinite().all()
    assert all(value.grad.isfinite().all() for value in module.parameters())


@pytest.mark.parametrize("correlation", ["entity", "feature", "bucket"])
def test_under_autocast(correlation) -> None:
    module, x = build(correlation=correlation, bucket_by="random").float(), inputs(dtype=torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = module(x)
    for name, expected in module(x).items():
        torch.testing.assert_close(out[name].float(), expected, rtol=0.05, atol=0.1)
    sum(value.sum() for value in out.values()).backward()
    assert all(value.grad.isfinite().all() for value in module.parameters())


def test_number_of_weights() -> None:
    def count(**kwargs) -> int:
        return sum(value.numel() for value in build(**kwargs).parameters())

    one = 8 * 8 + 8 + 2 * 8 * 4 + 2 * 4 * 4 + 2 * 4 * 4
    assert count(num_rounds=3) == 3 * one
    assert count(num_rounds=3, share_weights=True) == count(num_rounds=1) == one
    assert count(num_rounds=0) == count(num_rounds=0, share_weights=True) == 0


def test_all_weights_are_drawn_again() -> None:
    module = build(num_rounds=2)
    before = {name: value.detach().clone() for name, value in module.named_parameters()}
    module.reset_parameters()
    for name, value in module.named_parameters():
        assert not torch.equal(before[name], value)
        assert value.eq(0).all() == name.endswith("bias")


def test_repr_and_errors() -> None:
    assert repr(RCA(["a"], 8, num_rounds=2, correlation="feature", scale=3.0, norm="none")) == (
        "RCA(['a'], 8, num_rounds=2, correlation='feature', activation='tanh', scale=3.0, "
        "hidden_scale=None, share_weights=False, norm='none', start_as_identity=False)"
    )
    assert repr(RCA(["a"], 8, correlation="bucket", bucket_size=64, num_hashes=2, bucket_by="random")) == (
        "RCA(['a'], 8, num_rounds=3, correlation='bucket', activation='tanh', bucket_size=64, num_hashes=2, "
        "bucket_by='random', scale=None, hidden_scale=None, share_weights=False, norm='common', "
        "start_as_identity=False)"
    )
    wrong = {
        "num_rounds": -1,
        "bucket_size": 0,
        "num_hashes": 0,
        "bucket_by": "size",
        "correlation": "graph",
        "activation": "relu",
        "scale": 0.0,
        "hidden_scale": -2.0,
        "norm": "batch",
    }
    for name, value in wrong.items():
        with pytest.raises(ValueError, match=rf"'{name}' needs to be .* in 'RCA' \(got {value!r}\)"):
            RCA(["a"], 8, **{name: value})
    with pytest.raises(ValueError, match="'modalities' needs to be at least one name"):
        RCA([], 8)
    with pytest.raises(ValueError, match=r"'x' needs to be features that include the modality 'm2'"):
        build(3)(inputs(2))
    with pytest.raises(ValueError, match="'available' needs to be a bool mask"):
        build()(inputs(), {"m0": torch.ones(NUM)})
    with pytest.raises(
        ValueError, match=r"'x' needs to be \[N, 8\] in modality 'a' in 'RCA' \(got \[3, 5\]\)"
    ):
        RCA(["a"], 8)({"a": torch.ones(3, 5)})


def test_options_are_the_arguments_by_name_and_none_is_forgotten() -> None:
    whole = rca_options({"num_rounds": 1})
    assert set(whole) == set(RCAOptions.__annotations__)
    assert repr(RCA(["a"], 4, **whole)) == repr(RCA(["a"], 4, num_rounds=1))
    with pytest.raises(TypeError, match=r"'RCA' takes no argument 'normalise'"):
        rca_options({"normalise": "l2"})
