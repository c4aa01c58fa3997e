import pytest
import torch

from pygmmrec.nn import LateFusion
from pygmmrec.nn.fusion.late_fusion import JOINS, WEIGHTINGS

AVAILABLE = {"m1": torch.tensor([True, False, True, False]), "m2": torch.tensor([True, True, False, False])}
"""Node 3 has the first modality alone."""


@pytest.fixture
def views() -> dict[str, torch.Tensor]:
    return {f"m{m}": torch.randn(4, 3, dtype=torch.float64) for m in range(3)}


def joined(fusion: str, parts: list[torch.Tensor | None], lin) -> torch.Tensor:
    """One node; ``None`` is what it lacks."""
    there = [part for part in parts if part is not None]
    if fusion == "concat":
        return lin(torch.cat([torch.zeros(3, dtype=torch.float64) if p is None else p for p in parts]))
    total = sum(there)
    return total / len(there) if fusion == "mean" else total


def dense(layer: LateFusion, x, views, available) -> torch.Tensor:
    """Node by node, modality by modality."""
    out = []
    for n, e in enumerate(x):
        own = [None if name in available and not available[name][n] else views[name][n] for name in views]
        if layer.weighting == "equal":
            some = any(part is not None for part in own)
            alone = len(own) == 1
            features = own[0] if alone else joined(layer.fusion, own, layer.inner) if some else None
            out.append(joined(layer.fusion, [e, features], layer.outer))
            continue
        if layer.weighting == "alpha":
            a = 1 / (1 + torch.exp(-layer.alpha))
            parts = [a * e, *(None if f is None else (1 - a) * f for f in own)]
        else:
            count = max(sum(part is not None for part in own), 1)
            parts = [count * e / e.norm(), *(None if f is None else f / f.norm() for f in own)]
        out.append(joined(layer.fusion, parts, layer.outer))
    return torch.stack(out)


@pytest.mark.parametrize("fusion", JOINS)
@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("num", [1, 3])
def test_each_rule_and_its_gradient(views, fusion, weighting, num) -> None:
    views = dict(list(views.items())[:num])
    available = {name: mask for name, mask in AVAILABLE.items() if name in views}
    layer = LateFusion(list(views), 3, fusion=fusion, weighting=weighting).double()
    if layer.alpha is not None:
        torch.nn.init.constant_(layer.alpha, 0.4)
    x = torch.randn(4, 3, dtype=torch.float64)
    torch.testing.assert_close(layer(x, views, available), dense(layer, x, views, available))
    inputs = [x.requires_grad_(), *(view.requires_grad_() for view in views.values()), *layer.parameters()]
    assert torch.autograd.gradcheck(
        lambda x, *rest: layer(x, dict(zip(views, rest, strict=False)), available), inputs
    )


@pytest.mark.parametrize("fusion", ["mean", "sum"])
def test_a_node_without_any_modality_is_its_embedding(views, fusion) -> None:
    x, none = torch.randn(4, 3, dtype=torch.float64), torch.zeros(4, dtype=torch.bool)
    layer = LateFusion(list(views), 3, fusion=fusion)
    torch.testing.assert_close(layer(x, views, dict.fromkeys(views, none)), x)


def test_alpha_starts_at_one_half(views) -> None:
    layer = LateFusion(["m0"], 3, weighting="alpha", fusion="sum").double()
    x = torch.randn(4, 3, dtype=torch.float64)
    torch.testing.assert_close(layer(x, views, {}), (x + views["m0"]) / 2)


def test_repr_and_errors() -> None:
    assert repr(LateFusion(["a"], 4)) == "LateFusion(['a'], 4, fusion='mean', weighting='equal')"
    with pytest.raises(ValueError, match=r"'fusion' needs to be one of .* in 'LateFusion' \(got 'product'\)"):
        LateFusion(["a"], 4, fusion="product")
    with pytest.raises(ValueError, match="'weighting' needs to be one of"):
        LateFusion(["a"], 4, weighting="learned")
    with pytest.raises(ValueError, match="'names' needs to be at least one modality"):
        LateFusion([], 4)
    with pytest.raises(ValueError, match="'channels' needs to be at least 1"):
        LateFusion(["a"], 0)
