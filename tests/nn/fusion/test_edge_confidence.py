import pytest
import torch

from pygmmrec.nn import EdgeConfidence

SOURCE = torch.tensor([0, 2, 2, 1, 0])


@pytest.fixture
def scores():
    return {name: torch.randn(5, dtype=torch.float64, requires_grad=True) for name in ("a", "b")}


@pytest.mark.parametrize("names", [["a"], ["a", "b"]])
@pytest.mark.parametrize("prune", [True, False])
def test_values_and_gradients_by_hand(scores, names, prune) -> None:
    layer = EdgeConfidence(3, names, prune=prune).double()
    torch.nn.init.normal_(layer.weight)
    out, expected = layer(scores, SOURCE), []
    for e, source in enumerate(SOURCE.tolist()):
        products = [scores[name][e] * layer.weight[source, m] for m, name in enumerate(names)]
        best = max(products, key=lambda product: product.item())
        expected.append(best.clamp(min=0) if prune else best)
    expected = torch.stack(expected)
    assert (expected < 0).any() or prune or len(names) == 2
    torch.testing.assert_close(out, expected, rtol=1e-10, atol=1e-10)
    factor, wanted = torch.randn(5, dtype=torch.float64), [layer.weight, *(scores[name] for name in names)]
    left = torch.autograd.grad((out * factor).sum(), wanted)
    for a, b in zip(left, torch.autograd.grad((expected * factor).sum(), wanted), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-10, atol=1e-10)


def test_an_edge_of_which_no_modality_thinks_well_is_cut() -> None:
    layer = EdgeConfidence(1, ["a", "b"])
    torch.nn.init.constant_(layer.weight, -1.0)
    scores = {"a": torch.tensor([0.3, 0.1]), "b": torch.tensor([0.2, 0.4])}
    source = torch.tensor([0, 0])
    assert layer(scores, source).tolist() == [0, 0]
    layer.prune = False
    torch.testing.assert_close(layer(scores, source), torch.tensor([-0.2, -0.1]))


def test_it_starts_close_to_the_scores(scores) -> None:
    layer = EdgeConfidence(50, ["a", "b"])
    assert 0.9 <= layer.weight.min() < 0.92
    assert 1.08 < layer.weight.max() <= 1.1


def test_repr_and_errors(scores) -> None:
    assert repr(EdgeConfidence(3, ["a"], prune=False)) == "EdgeConfidence(3, ['a'], prune=False)"
    with pytest.raises(ValueError, match="'modalities' needs to be at least one name in 'EdgeConfidence'"):
        EdgeConfidence(3, [])
    with pytest.raises(ValueError, match="'num_sources' needs to be at least 1"):
        EdgeConfidence(0, ["a"])
    with pytest.raises(ValueError, match="scores that include those of 'c'"):
        EdgeConfidence(3, ["a", "c"]).double()(scores, SOURCE)
