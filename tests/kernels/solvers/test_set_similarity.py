import pytest
import torch

from pygmmrec.kernels.solvers.set_similarity import K1, B, SetSimilarity
from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.kernels.sparse.select_rows import select_rows


def sets_of(num_sets: int = 7, num_members: int = 9) -> Adj:
    dense = torch.rand(num_sets, num_members, generator=torch.Generator().manual_seed(3)) < 0.4
    dense[0] = False
    row, col = dense.nonzero().t()
    ones = torch.ones(len(row), dtype=torch.float64)
    return Adj.from_edge_index(torch.stack([col, row]), ones, size=(num_members, num_sets))


def expected(x: torch.Tensor, kind: str, p: float, h: float, a: float) -> torch.Tensor:
    degree = x.sum(dim=0)
    weight, damping = torch.ones_like(degree), degree.clamp(min=1) ** -p
    if kind != "cosine":
        weight = ((1 + len(x)) / (1 + degree)).log()
    w = x * weight
    if kind == "bm25":
        size = x.sum(dim=1, keepdim=True)
        w = w * (K1 + 1) / (K1 * (1 - B + B * size / size.mean()) + 1)
        return w * damping @ w.t()
    length = (w**2).sum(dim=1)
    dot = w * damping @ w.t()
    divided = dot / (length[:, None] ** a * length ** (1 - a) + h)
    return torch.where(dot > 0, divided, torch.zeros_like(dot))


@pytest.mark.parametrize("kind", ["cosine", "tf-idf", "bm25"])
@pytest.mark.parametrize(("p", "h", "a"), [(0.0, 0.0, 0.5), (0.5, 2.0, 0.3), (1.0, 0.1, 0.0)])
def test_equals_the_dense_formula(kind, p, h, a) -> None:
    sets = sets_of()
    found = SetSimilarity(sets, kind, damping=p, shrink=h, asymmetry=a)(sets)
    dense = expected(sets.to_dense(), kind, p, h, a)
    assert torch.equal(found.isneginf(), dense == 0)
    torch.testing.assert_close(found.masked_fill(found.isneginf(), 0.0), dense, rtol=1e-12, atol=1e-12)
    some = SetSimilarity(sets, kind, damping=p, shrink=h, asymmetry=a)(
        select_rows(sets, torch.tensor([4, 0]))
    )
    assert torch.equal(some, found[[4, 0]])


def test_an_unknown_similarity_is_an_error() -> None:
    with pytest.raises(ValueError, match="'similarity' needs to be one of"):
        SetSimilarity(sets_of(), "dice", damping=0.0, shrink=0.0, asymmetry=0.5)  # type: ignore[arg-type]
