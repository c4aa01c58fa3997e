import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.correlation import correlate as correlation
from pygmmrec.kernels.correlation.correlate import correlate, correlate_ref


def inputs(dtype: torch.dtype = torch.float64, rows: int = 37, cols: int = 29) -> list[Tensor]:
    shapes = (rows, 5), (cols, 5), (cols, 4)
    return [torch.randn(*shape, dtype=dtype, requires_grad=True) for shape in shapes]


@pytest.mark.parametrize("activation", ["tanh", "identity"])
@pytest.mark.parametrize("tile", [(8, 8), (7, 11), (1, 64), (37, 1), (1024, 1024)])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-10), (torch.float32, 1e-5)])
def test_values_and_gradients_are_those_of_the_plain_twin(
    monkeypatch, tile, activation, dtype, tolerance
) -> None:
    monkeypatch.setattr(correlation, "CPU_TILE", tile)
    given = inputs(dtype)
    factor = torch.randn(37, 4, dtype=dtype)
    results = []
    for function in (correlate, correlate_ref):
        out = function(*given, scale=0.7, activation=activation)
        results.append([out, *torch.autograd.grad((out * factor).sum(), given)])
    for actual, expected in zip(*results, strict=True):
        torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


def test_the_plain_twin_by_hand() -> None:
    x, f, v = inputs(rows=3, cols=2)
    for i in range(3):
        expected = sum(torch.tanh(0.5 * x[i] @ f[j]) * v[j] for j in range(2))
        torch.testing.assert_close(correlate_ref(x, f, v, scale=0.5)[i], expected)
        linear = sum(0.5 * (x[i] @ f[j]) * v[j] for j in range(2))
        torch.testing.assert_close(correlate_ref(x, f, v, scale=0.5, activation="identity")[i], linear)


@pytest.mark.parametrize("activation", ["tanh", "identity"])
def test_gradcheck(monkeypatch, activation) -> None:
    monkeypatch.setattr(correlation, "CPU_TILE", (4, 3))
    given = inputs(rows=6, cols=5)
    assert torch.autograd.gradcheck(lambda *args: correlate(*args, scale=0.3, activation=activation), given)


def test_one_tensor_in_all_three_places_gets_the_whole_gradient(monkeypatch) -> None:
    monkeypatch.setattr(correlation, "CPU_TILE", (4, 4))
    x = torch.randn(9, 3, dtype=torch.float64, requires_grad=True)
    actual, expected = (
        torch.autograd.grad(function(x, x, x, scale=1.0).square().sum(), x)[0]
        for function in (correlate, correlate_ref)
    )
    torch.testing.assert_close(actual, expected, rtol=1e-10, atol=1e-10)


def test_saturated_correlations_stay_finite() -> None:
    given = [(x * 1e4).detach().requires_grad_() for x in inputs(torch.float32)]
    out = correlate(*given, scale=1.0)
    out.sum().backward()
    assert out.isfinite().all()
    assert all(x.grad.isfinite().all() for x in given)


@pytest.mark.parametrize("activation", ["tanh", "identity"])
def test_mixed_types_as_autocast_makes_them(activation) -> None:
    x, f, v = inputs(torch.float32)
    out = correlate(x, f.bfloat16(), v.bfloat16(), scale=1.0, activation=activation)
    expected = correlate(x, f.bfloat16().float(), v.bfloat16().float(), scale=1.0, activation=activation)
    assert out.dtype == torch.float32
    assert torch.equal(out, expected)
    out.sum().backward()
    assert f.grad.isfinite().all()


@pytest.mark.parametrize("activation", ["tanh", "identity"])
def test_autocast_takes_the_inputs_to_its_type_as_for_a_product(activation) -> None:
    given = inputs(torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        out = correlate(*given, scale=1.0, activation=activation)
        double = correlate(*inputs(torch.float64), scale=1.0, activation=activation)
    assert double.dtype == torch.float64
    low = [matrix.detach().bfloat16() for matrix in given]
    assert out.dtype == torch.bfloat16
    assert torch.equal(out, correlate(*low, scale=1.0, activation=activation))
    out.float().sum().backward()
    assert all(matrix.grad.dtype == torch.float32 for matrix in given)
    assert all(matrix.grad.isfinite().all() for matrix in given)


def test_sums_of_16_bit_values_are_in_float32(monkeypatch) -> None:
    monkeypatch.setattr(correlation, "CPU_TILE", (1, 8))
    x, f, v = (torch.full((n, 1), value, dtype=torch.bfloat16) for n, value in [(2, 9), (2000, 9), (2000, 1)])
    v.requires_grad_()
    out = correlate(x, f, v, scale=1.0)
    assert out.flatten().tolist() == [2000, 2000]  # where bfloat16 would stay at 256
    assert torch.autograd.grad(out.sum(), v)[0].unique().tolist() == [2]
    many = x[:1].expand(2000, 1).clone().requires_grad_()
    grad = torch.autograd.grad(correlate(many, f[:1], v[:1], scale=1.0).sum(), v)[0]
    assert grad[0].item() == 2000


def test_what_goes_to_the_fused_kernel(monkeypatch) -> None:
    def fuses(
        dim: int = 64, channels: int = 64, dtype: torch.dtype = torch.float32, kind: str = "cuda"
    ) -> bool:
        sizes = SimpleNamespace(dtype=dtype, device=torch.device(kind), size=lambda axis: (100, dim)[axis])
        return correlation._fuses(sizes, SimpleNamespace(size=lambda axis: (100, channels)[axis]))

    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.setattr(correlation, "_has_triton", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (8, 0))
    assert all([fuses(), fuses(256, 1), fuses(dtype=torch.bfloat16), fuses(dtype=torch.float16)])
    assert not any([fuses(257), fuses(1, 257), fuses(dtype=torch.float64), fuses(kind="cpu")])
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    assert not fuses()
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    assert fuses()
    monkeypatch.setattr(correlation, "_has_triton", lambda: False)
    assert not fuses()


def test_the_cpu_never_loads_the_kernels() -> None:
    script = """
import sys, torch
from pygmmrec.kernels.correlation.correlate import correlate
correlate(*torch.randn(3, 5, 4), scale=1.0)
assert not any("triton" in name for name in sys.modules if name.startswith("pygmmrec"))
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_wrong_arguments_are_errors() -> None:
    x, f, v = inputs()
    with pytest.raises(ValueError, match=r"'activation' needs to be one of .* in 'correlate' \(got 'relu'\)"):
        correlate(x, f, v, scale=1.0, activation="relu")
    wrong = [(x[:, :4], f, v), (x, f[:3], v), (x, f, v[:, 0])]
    for given in wrong:
        with pytest.raises(ValueError, match="'x, f, v' needs to be of shapes"):
            correlate(*given, scale=1.0)


MEMORY = """
import torch
from pygmmrec.training.memory import memory_mb, peak_memory_mb, reset_peak_memory
from pygmmrec.kernels.correlation.correlate import correlate, correlate_ref
torch.set_num_threads(1)
cpu = torch.device("cpu")
small = [torch.randn(1100, 4, requires_grad=True) for _ in range(3)]
correlate(*small, scale=1.0).sum().backward()  # loads the kernels
given = [torch.randn({num}, 4, requires_grad=True) for _ in range(3)]
reset_peak_memory(cpu)
before = memory_mb(cpu)
{function}(*given, scale=1.0).sum().backward()
print(round(peak_memory_mb(cpu) - before))
"""


def peak_megabytes(function: str, num: int) -> int:
    script = MEMORY.format(function=function, num=num)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets the peak start anew")
def test_the_matrix_is_never_there() -> None:
    num = 6000
    whole = num * num * 4 // 2**20  # 137 MB in float32
    assert peak_megabytes("correlate_ref", num) > whole  # so that the measure can tell
    assert peak_megabytes("correlate", num) < whole / 4
