import pytest
import torch

from pygmmrec.nn import Fuse


@pytest.fixture
def x() -> dict[str, torch.Tensor]:
    return {f"m{m}": torch.randn(7, 4, dtype=torch.float64) for m in range(3)}


def cosine(x: torch.Tensor) -> torch.Tensor:
    x = x / x.norm(dim=1, keepdim=True)
    return x @ x.t()


def test_concat_and_sum(x) -> None:
    assert torch.equal(Fuse()(x), torch.cat([x["m0"], x["m1"], x["m2"]], dim=1))
    torch.testing.assert_close(Fuse("sum")(x), x["m0"] + x["m1"] + x["m2"])


def test_the_cosine_of_the_average_is_the_average_of_cosines(x) -> None:
    torch.testing.assert_close(cosine(Fuse("average")(x)), sum(cosine(x_m) for x_m in x.values()) / 3)


def test_a_node_without_a_modality_is_compared_by_the_others(x) -> None:
    x["m1"][[2, 3]] = 0
    both = cosine(Fuse("average")(x))[2, 3]
    torch.testing.assert_close(both, (cosine(x["m0"])[2, 3] + cosine(x["m2"])[2, 3]) / 2)


@pytest.mark.parametrize("mode", ["concat", "sum", "average"])
def test_gradients(x, mode) -> None:
    inputs = [x_m.requires_grad_() for x_m in x.values()]
    assert torch.autograd.gradcheck(lambda *views: Fuse(mode)(dict(enumerate(views))), inputs)


def test_repr_and_errors() -> None:
    assert repr(Fuse("sum")) == "Fuse('sum')"
    with pytest.raises(ValueError, match=r"'mode' needs to be one of .* in 'Fuse' \(got 'product'\)"):
        Fuse("product")
