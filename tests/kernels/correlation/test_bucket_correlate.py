import subprocess
import sys

import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.correlation import bucket_correlate as bucket_correlation
from pygmmrec.kernels.correlation.bucket_correlate import bucket_correlate, bucket_correlate_ref
from pygmmrec.kernels.correlation.correlate import correlate_ref


def inputs(dtype: torch.dtype = torch.float64, num_rows: int = 37, num_cols: int = 29) -> list[Tensor]:
    shapes = (num_rows, 5), (num_cols, 5), (num_cols, 4)
    return [torch.randn(*shape, dtype=dtype, requires_grad=True) for shape in shapes]


def masks(x: Tensor, f: Tensor, **kwargs) -> Tensor:
    """Which pairs are in one bucket, [N, S], read from outputs: each value is one column of the identity."""
    x, f = x.detach(), f.detach()
    ones = torch.ones_like(x[:, :1]), torch.zeros_like(f[:, :1]) + 1
    wide = torch.cat([x * 1e-9, ones[0]], dim=1), torch.cat([f, ones[1]], dim=1)  # a correlation of about 1
    value = torch.eye(f.size(0), dtype=f.dtype)
    return bucket_correlate(*wide, value, scale=1.0, activation="identity", num_hashes=1, **kwargs) > 1e-6


@pytest.mark.parametrize("bucket_by", ["lsh", "random"])
@pytest.mark.parametrize("activation", ["tanh", "identity"])
@pytest.mark.parametrize("bucket_size", [1, 4, 7, 29, 100])
@pytest.mark.parametrize("tile", [1, 60, 2**20])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_values_and_gradients_are_those_of_the_plain_twin(
    monkeypatch, tile, bucket_size, activation, bucket_by, dtype, tolerance
) -> None:
    monkeypatch.setattr(bucket_correlation, "TILE", tile)
    given, factor = inputs(dtype), torch.randn(37, 4, dtype=dtype)
    results = []
    for function in (bucket_correlate, bucket_correlate_ref):
        out = function(
            *given,
            scale=0.7,
            activation=activation,
            bucket_size=bucket_size,
            num_hashes=3,
            bucket_by=bucket_by,
        )
        results.append([out, *torch.autograd.grad((out * factor).sum(), given)])
    for actual, expected in zip(*results, strict=True):
        torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


def test_the_plain_twin_by_hand() -> None:
    """One coordinate, so that each plane puts the rows in their order or in the reverse one."""
    x = torch.tensor([[3.0], [-1.0], [5.0], [-4.0]], dtype=torch.float64)
    f = torch.tensor([[-2.0], [-3.0], [2.0], [3.0]], dtype=torch.float64)
    v = torch.tensor([[1.0], [10.0], [100.0], [1000.0]], dtype=torch.float64)
    out = bucket_correlate_ref(x, f, v, scale=0.1, bucket_size=2, num_hashes=2, seed=5)
    near = {0: (2, 3), 1: (0, 1), 2: (2, 3), 3: (0, 1)}  # the same sign, in each hash
    for i, columns in near.items():
        expected = sum(torch.tanh(0.1 * x[i] * f[j]) * v[j] for j in columns) / 2
        torch.testing.assert_close(out[i], expected)


@pytest.mark.parametrize("bucket_by", ["lsh", "random"])
@pytest.mark.parametrize("activation", ["tanh", "identity"])
def test_gradcheck(monkeypatch, activation, bucket_by) -> None:
    monkeypatch.setattr(bucket_correlation, "TILE", 12)

    def run(x: Tensor, f: Tensor, v: Tensor) -> Tensor:
        return bucket_correlate(
            x, f, v, scale=0.3, activation=activation, bucket_size=3, num_hashes=2, bucket_by=bucket_by
        )

    assert torch.autograd.gradcheck(run, inputs(num_rows=9, num_cols=8))


@pytest.mark.parametrize("activation", ["tanh", "identity"])
@pytest.mark.parametrize("bucket_by", ["lsh", "random"])
def test_one_bucket_is_the_exact_mean(activation, bucket_by) -> None:
    x, f, v = inputs()
    out = bucket_correlate(
        x, f, v, scale=0.7, activation=activation, bucket_size=29, num_hashes=2, bucket_by=bucket_by
    )
    expected = correlate_ref(x, f, v, scale=0.7, activation=activation) / 29
    torch.testing.assert_close(out, expected, rtol=1e-10, atol=1e-10)


def test_random_buckets_estimate_the_mean_without_bias() -> None:
    x, f, v = inputs()
    exact = correlate_ref(x, f, v, scale=0.7) / 29

    def error(num_hashes: int) -> float:
        out = bucket_correlate(
            x, f, v, scale=0.7, bucket_size=5, num_hashes=num_hashes, bucket_by="random", seed=3
        )
        return ((out - exact).norm() / exact.norm()).item()

    assert error(2500) < 0.1 * error(1)  # 1 / sqrt(2500) = 0.02 of it, on average


@pytest.mark.parametrize("bucket_by", ["lsh", "random"])
@pytest.mark.parametrize("bucket_size", [1, 4, 7, 28])
def test_buckets_are_of_equal_size(bucket_by, bucket_size) -> None:
    x, f, _ = inputs()
    mask = masks(x, f, bucket_size=bucket_size, bucket_by=bucket_by)
    num_buckets = -(-29 // bucket_size)
    attended, attending = mask.sum(dim=1), mask.sum(dim=0)
    assert len(mask.unique(dim=0)) == num_buckets
    assert attended.max() == -(-29 // num_buckets) <= bucket_size
    assert attended.min() == 29 // num_buckets
    assert {int(size) for size in attending} <= {37 // num_buckets, 37 // num_buckets + 1}


def test_hashing_puts_the_like_together() -> None:
    """Eight well separated directions, eight buckets: nearly all mass of the mask joins equals."""
    centres = torch.randn(8, 16) * 10
    label = torch.arange(8).repeat_interleave(16)
    x, f = (centres[label] + 0.01 * torch.randn(128, 16) for _ in range(2))
    alike = label[:, None] == label
    assert masks(x, f, bucket_size=16, bucket_by="lsh")[alike].double().mean() > 0.95
    assert masks(x, f, bucket_size=16, bucket_by="random")[alike].double().mean() < 0.25


@pytest.mark.parametrize("bucket_by", ["lsh", "random"])
def test_the_seed_decides_and_the_global_generator_is_left_alone(bucket_by) -> None:
    x, f, v = inputs()
    state = torch.get_rng_state()
    first, again, other = (
        bucket_correlate(x, f, v, scale=1.0, bucket_size=4, bucket_by=bucket_by, seed=seed)
        for seed in (1, 1, 2)
    )
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_rows_in_another_order_give_the_same_in_that_order() -> None:
    x, f, v = inputs()
    row_order, col_order = torch.randperm(37), torch.randperm(29)
    out = bucket_correlate(x, f, v, scale=1.0, bucket_size=4)
    shuffled = bucket_correlate(x[row_order], f[col_order], v[col_order], scale=1.0, bucket_size=4)
    torch.testing.assert_close(shuffled, out[row_order], rtol=1e-10, atol=1e-10)


def test_more_rows_than_columns_and_the_other_way_round() -> None:
    for num_rows, num_cols in ((1, 1), (2, 11), (11, 2)):
        given = inputs(num_rows=num_rows, num_cols=num_cols)
        actual, expected = (
            function(*given, scale=0.7, bucket_size=2)
            for function in (bucket_correlate, bucket_correlate_ref)
        )
        torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)


def test_mixed_types_as_autocast_makes_them() -> None:
    x, f, v = inputs(torch.float32)
    out = bucket_correlate(x, f.bfloat16(), v.bfloat16(), scale=1.0, bucket_size=4)
    expected = bucket_correlate(x, f.bfloat16().float(), v.bfloat16().float(), scale=1.0, bucket_size=4)
    assert out.dtype == torch.float32
    assert torch.equal(out, expected)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(bucket_correlate(x, f.bfloat16(), v.bfloat16(), scale=1.0, bucket_size=4), out)


MEMORY = """
import torch
from pygmmrec.training.memory import memory_mb, peak_memory_mb, reset_peak_memory
from pygmmrec.kernels.correlation.bucket_correlate import bucket_correlate
torch.set_num_threads(1)
cpu = torch.device("cpu")
def run(num):
    given = [torch.randn(num, 4, requires_grad=True) for _ in range(3)]
    reset_peak_memory(cpu)
    before = memory_mb(cpu)
    bucket_correlate(*given, scale=1.0, bucket_size=512, num_hashes=1).sum().backward()
    return peak_memory_mb(cpu) - before
run(10000)  # loads the kernels
print(run(100000))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets the peak start anew")
def test_the_tiles_are_never_there_all_at_once() -> None:
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    assert float(done.stdout) < 100000 * 512 * 4 / 2**20 / 2  # half of one copy in float32


def test_wrong_arguments_are_errors() -> None:
    x, f, v = inputs()
    wrong = {"activation": "relu", "bucket_size": 0, "num_hashes": 0, "bucket_by": "size"}
    for name, value in wrong.items():
        with pytest.raises(
            ValueError, match=rf"'{name}' needs to be .* in 'bucket_correlate' \(got {value!r}\)"
        ):
            bucket_correlate(x, f, v, scale=1.0, **{name: value})
    with pytest.raises(ValueError, match="'x, f, v' needs to be of shapes"):
        bucket_correlate(x, f[:3], v, scale=1.0)
