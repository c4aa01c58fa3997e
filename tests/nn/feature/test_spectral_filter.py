import math

import pytest
import torch
from torch import Tensor

from pygmmrec.nn import SpectralFilter


def matrices(size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Frequencies of real rows as matrices [D, D / 2 + 1], and how often each counts in the way back."""
    angle = 2 * math.pi * torch.outer(torch.arange(size), torch.arange(size // 2 + 1)).double() / size
    weight = torch.full((size // 2 + 1,), 2.0, dtype=torch.float64)
    weight[0] = 1.0
    if size % 2 == 0:
        weight[-1] = 1.0
    return angle.cos() / size**0.5, -angle.sin() / size**0.5, weight


@pytest.mark.parametrize("size", [1, 2, 5, 8])
@pytest.mark.parametrize("num_modalities", [1, 2, 3])
def test_against_matrices_of_cosines_and_sines(size: int, num_modalities: int) -> None:
    names = [f"m{m}" for m in range(num_modalities)]
    layer = SpectralFilter(names, size).double()
    x = {name: torch.randn(7, size, dtype=torch.float64) for name in names}
    lacking = torch.arange(7) == 3
    out = layer(x, {"m0": ~lacking})
    cos, sin, _ = matrices(size)
    product = torch.ones(7, size // 2 + 1), torch.zeros(7, size // 2 + 1)
    for name in names:
        real, imaginary = x[name] @ cos, x[name] @ sin
        if name == "m0":
            real_of, imaginary_of = real.clone(), imaginary.clone()
            real_of[lacking], imaginary_of[lacking] = 1.0, 0.0
        else:
            real_of, imaginary_of = real, imaginary
        a, b = product
        product = a * real_of - b * imaginary_of, a * imaginary_of + b * real_of
        torch.testing.assert_close(out[name], back(layer, name, real, imaginary, size), rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(out["fused"], back(layer, "fused", *product, size), rtol=1e-9, atol=1e-9)
    assert list(out) == [*names, "fused"]


def back(layer: SpectralFilter, name: str, real: Tensor, imaginary: Tensor, size: int) -> Tensor:
    cos, sin, count = matrices(size)
    a, b = layer.real[name], torch.zeros(size // 2 + 1, dtype=torch.float64)
    b[1 : 1 + layer.imaginary[name].numel()] = layer.imaginary[name].detach()
    filtered = real * a - imaginary * b, real * b + imaginary * a
    return (filtered[0] * count) @ cos.t() + (filtered[1] * count) @ sin.t()


@pytest.mark.parametrize("size", [5, 8])
def test_every_weight_does_something(size: int) -> None:
    layer = SpectralFilter(["m0", "m1"], size).double()
    x = {name: torch.randn(4, size, dtype=torch.float64) for name in ("m0", "m1")}
    sum(y.pow(2).sum() for y in layer(x, {}).values()).backward()
    assert all((weight.grad != 0).all() for weight in layer.parameters())


def test_its_text_and_wrong_arguments() -> None:
    assert repr(SpectralFilter(["m0"], 4)) == "SpectralFilter(['m0'], 4, fused='fused')"
    with pytest.raises(ValueError, match="'modalities' needs to be other names than 'fused'"):
        SpectralFilter(["fused"], 4)
    with pytest.raises(ValueError, match="'modalities' needs to be at least one name"):
        SpectralFilter([], 4)
    with pytest.raises(ValueError, match="the modality 'm0'"):
        SpectralFilter(["m0"], 4)({}, {})
