"""The fused kernels: on the GPU where there is one, and elsewhere in Triton's interpreter."""

import importlib.util
import sys
from types import ModuleType

import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.correlation import correlate as correlation
from pygmmrec.kernels.correlation.correlate import FUSED_DTYPES, FUSED_SIZE, correlate, correlate_ref

triton = pytest.importorskip("triton", reason="needs the extra 'triton'")
pytestmark = pytest.mark.triton

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
with (
    pytest.MonkeyPatch.context() as patch
):  # kernels are made for the interpreter or not when they are imported
    patch.setenv("TRITON_INTERPRET", str(int(DEVICE == "cpu")))
    from pygmmrec.kernels.correlation import correlate_triton as correlation_triton
    from pygmmrec.kernels.correlation.correlate_triton import BLOCKS, fused_correlate

# The interpreter cuts off what bfloat16 cannot hold, and a GPU rounds it but has a tanh for 16 bits only.
TOLERANCE = {torch.float32: 1e-6, torch.float16: 2e-3, torch.bfloat16: 1e-2}
SIZES = [
    (1, 1, 5, 1),
    (17, 130, 16, 3),
    (33, 20, 48, 17),
    (130, 33, 64, 64),
    (70, 130, 65, 5),
    (9, 33, 3, 129),
]


def inputs(num_rows: int, num_cols: int, dim: int, channels: int, dtype=torch.float32) -> list[Tensor]:
    shapes = (num_rows, dim), (num_cols, dim), (num_cols, channels)
    return [torch.randn(*shape).to(DEVICE, dtype).requires_grad_() for shape in shapes]


def outcome(function, given: list[Tensor], **kwargs) -> list[Tensor]:
    """The output, and the gradients of a sum in which every entry has a weight of its own."""
    out = function(*given, **kwargs)
    weight = torch.linspace(-1, 1, out.numel()).view_as(out).to(out.device, out.dtype)
    return [out, *torch.autograd.grad(out, given, weight)]


def assert_as_in_float64(given: list[Tensor], tolerance: float, **kwargs) -> None:
    """The error of the output and of each gradient is small against its length."""
    wide = [matrix.detach().double().requires_grad_() for matrix in given]
    names = ("output", "gradient of x", "gradient of f", "gradient of v")
    actual, expected = outcome(fused_correlate, given, **kwargs), outcome(correlate_ref, wide, **kwargs)
    for name, ours, exact in zip(names, actual, expected, strict=True):
        assert ours.dtype == given[0].dtype
        assert ours.shape == exact.shape
        error = (ours.double() - exact).norm().item()
        assert error <= tolerance * exact.norm().item(), f"{name}: {error}"


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("activation", ["tanh", "identity"])
@pytest.mark.parametrize("sizes", SIZES)
def test_values_and_gradients_are_those_of_the_plain_twin(sizes, activation, dtype) -> None:
    assert_as_in_float64(inputs(*sizes, dtype), TOLERANCE[dtype], scale=0.4, activation=activation)


@pytest.mark.parametrize("scale", [1e-4, 0.05, -1.0, 3])
def test_any_scale(scale) -> None:
    assert_as_in_float64(inputs(40, 70, 16, 8), 1e-6, scale=scale, activation="tanh")


def test_tanh_is_accurate_for_every_size_of_its_argument() -> None:
    size = torch.cat([torch.logspace(-30, 2, 300), torch.linspace(0, 10, 300)])
    z = torch.cat([-size, size]).to(DEVICE)[:, None]  # [N, 1]
    one = torch.ones(1, 1, device=DEVICE)
    actual = fused_correlate(z, one, one, scale=1.0, activation="tanh")
    torch.testing.assert_close(actual.double(), z.double().tanh(), rtol=1e-6, atol=0)


@pytest.mark.filterwarnings("ignore:overflow encountered")  # in the series, which is not taken here
@pytest.mark.parametrize("dtype", FUSED_DTYPES)
def test_saturated_correlations_are_exactly_one_and_pass_no_gradient(dtype) -> None:
    x = torch.tensor([[1e3], [-1e3], [6e4]], dtype=dtype, device=DEVICE, requires_grad=True)
    f = torch.tensor([[1e3], [6e4]], dtype=dtype, device=DEVICE, requires_grad=True)
    v = torch.ones(2, 1, dtype=dtype, device=DEVICE, requires_grad=True)
    out, grad_x, grad_f, grad_v = outcome(fused_correlate, [x, f, v], scale=1e25, activation="tanh")
    assert out.flatten().tolist() == [2, -2, 2]
    assert grad_x.abs().max() == grad_f.abs().max() == 0
    assert grad_v.isfinite().all()


def test_views_that_are_not_contiguous() -> None:
    given = [matrix.detach().t().contiguous().t().requires_grad_() for matrix in inputs(20, 30, 7, 6)]
    assert not any(matrix.is_contiguous() for matrix in given)
    assert_as_in_float64(given, 1e-6, scale=0.5, activation="tanh")
    x, f, v = inputs(20, 30, 7, 6)
    out = fused_correlate(x, f, v, scale=0.5, activation="tanh")
    broadcast = torch.autograd.grad(out.sum(), x)[0]  # from a gradient without strides
    expected = torch.autograd.grad(correlate_ref(x, f, v, scale=0.5).sum(), x)[0]
    torch.testing.assert_close(broadcast, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("wanted", [(0,), (1,), (2,), (0, 2)])
def test_gradients_of_some_inputs_only(wanted) -> None:
    given = inputs(20, 30, 7, 6)
    for i, matrix in enumerate(given):
        matrix.requires_grad_(i in wanted)
    chosen = [given[i] for i in wanted]
    weight = torch.randn(20, 6, device=DEVICE)
    actual, expected = (
        torch.autograd.grad(function(*given, scale=0.5, activation="tanh"), chosen, weight)
        for function in (fused_correlate, correlate_ref)
    )
    for ours, exact in zip(actual, expected, strict=True):
        torch.testing.assert_close(ours, exact, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("sizes", [(0, 4, 3, 2), (4, 0, 3, 2), (0, 0, 3, 2), (4, 4, 0, 2), (4, 4, 3, 0)])
def test_nothing_to_correlate(sizes) -> None:
    assert_as_in_float64(inputs(*sizes), 0, scale=1.0, activation="tanh")


def test_results_repeat_exactly() -> None:
    given = inputs(150, 170, 16, 16)
    first, second = (outcome(fused_correlate, given, scale=0.3, activation="tanh") for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))


def test_the_public_function_takes_the_kernel(monkeypatch) -> None:
    monkeypatch.setattr(correlation, "_fuses", lambda x, v: True)
    given = inputs(20, 30, 7, 6)
    fused = outcome(fused_correlate, given, scale=0.5, activation="tanh")
    chosen = outcome(correlate, given, scale=0.5)
    assert all(torch.equal(a, b) for a, b in zip(fused, chosen, strict=True))
    with torch.autocast(DEVICE, torch.bfloat16):
        out = correlate(*given, scale=0.5)
    assert out.dtype == torch.bfloat16
    low = [matrix.detach().bfloat16() for matrix in given]
    assert torch.equal(out, fused_correlate(*low, scale=0.5, activation="tanh"))
    assert all(grad.dtype == torch.float32 for grad in torch.autograd.grad(out.float().sum(), given))


@pytest.mark.skipif(DEVICE == "cpu", reason="needs a GPU")
@pytest.mark.parametrize("dtype", FUSED_DTYPES)
def test_many_rows_on_a_gpu(dtype) -> None:
    given = inputs(5003, 3001, 64, 64, dtype)
    assert correlation._fuses(given[0], given[2])
    assert_as_in_float64(given, TOLERANCE[dtype], scale=0.125, activation="tanh")


def test_tf32_where_pytorch_uses_it() -> None:
    before = torch.get_float32_matmul_precision()
    assert not correlation_triton._allows_tf32()
    try:
        torch.set_float32_matmul_precision("high")
        assert correlation_triton._allows_tf32()
        assert_as_in_float64(inputs(150, 90, 64, 64), 2e-3, scale=0.125, activation="tanh")
    finally:
        torch.set_float32_matmul_precision(before)
    assert not correlation_triton._allows_tf32()


def test_blocks_serve_every_size_that_is_sent_here() -> None:
    assert all(list(by_size) == [64, 128, FUSED_SIZE] for by_size in BLOCKS.values())


def second_copy() -> ModuleType:
    """The file imported once more, aside from the first."""
    spec = importlib.util.find_spec("pygmmrec.kernels.correlation.correlate_triton")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_file_can_be_read_without_triton(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "triton", None)  # `import triton` raises ImportError
    assert not hasattr(second_copy(), "triton")


@pytest.fixture(scope="module")
def compiled() -> ModuleType:
    """The kernels as they are made for the compiler."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRITON_INTERPRET", "0")
        return second_copy()


@pytest.mark.parametrize("capability", [80, 90])
@pytest.mark.parametrize(("kind", "size"), [("half", 64), ("half", 256), ("tf32", 64), ("ieee", 64)])
def test_kernels_compile_without_a_gpu_and_fit_its_shared_memory(compiled, kind, size, capability) -> None:
    own, others, warps, stages = BLOCKS[kind][size]
    constants = {"D": size, "C": size, "D_PADDED": size, "C_PADDED": size, "OWN": own, "OTHERS": others}
    constants |= {"TANH": True, "FAST": kind == "half", "PRECISION": "tf32" if kind == "tf32" else "ieee"}
    for kernel, flags in [(compiled._forward_kernel, {}), (compiled._backward_kernel, {"WITH_Y": True})]:
        types = {"scale": "fp32", "num_own": "i32", "num_others": "i32"}
        pointer = "*bf16" if kind == "half" else "*fp32"
        given = constants | flags
        signature = {
            name: "constexpr" if name in given else types.get(name, pointer) for name in kernel.arg_names
        }
        source = triton.compiler.ASTSource(kernel, signature, given)
        target = triton.backends.compiler.GPUTarget("cuda", capability, 32)
        options = {"num_warps": warps, "num_stages": stages, "enable_fp_fusion": True}
        binary = triton.compile(source, target=target, options=options)
        assert binary.metadata.shared <= 99 * 1024
        assert ("tanh.approx.f32" in binary.asm["ptx"]) == (kind == "half")
        assert ("tf32" in binary.asm["ptx"]) == (kind == "tf32")
        assert "atom" not in binary.asm["ptx"]
