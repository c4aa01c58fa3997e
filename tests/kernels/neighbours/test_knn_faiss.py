import sys

import pytest
import torch

from pygmmrec.kernels.neighbours import knn_faiss
from pygmmrec.kernels.neighbours.knn import search_recall, topk_cosine


@pytest.fixture
def x() -> torch.Tensor:
    pytest.importorskip("faiss")
    return torch.randn(3000, 8, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("include_self", [True, False])
def test_with_all_cells_the_search_is_exact(monkeypatch, x, include_self) -> None:
    monkeypatch.setattr(knn_faiss, "PROBES", 10**6)
    found = topk_cosine(x, 6, include_self=include_self, search="approximate")
    exact = topk_cosine(x, 6, include_self=include_self)
    assert torch.equal(found[0], exact[0])
    torch.testing.assert_close(found[1], exact[1], rtol=1e-5, atol=1e-6)
    assert search_recall(x, found[0], include_self=include_self) == 1


@pytest.mark.parametrize("include_self", [True, False])
def test_recall_is_the_share_of_exact_neighbours(monkeypatch, x, include_self) -> None:
    monkeypatch.setattr(knn_faiss, "PROBES", 2)
    found, value = topk_cosine(x, 6, include_self=include_self, search="approximate")
    again, _ = topk_cosine(x, 6, include_self=include_self, search="approximate")
    assert torch.equal(found, again)
    exact, _ = topk_cosine(x, 6, include_self=include_self)
    asked = range(0, 3000, 3)
    share = sum(len({*found[i].tolist()} & {*exact[i].tolist()}) for i in asked) / (6 * len(asked))
    assert 0.1 < share < 1
    assert search_recall(x, found, include_self=include_self) == pytest.approx(share, abs=1e-12)
    assert (found == torch.arange(3000).unsqueeze(1)).any().item() == include_self
    unit = torch.nn.functional.normalize(x, dim=1)
    torch.testing.assert_close(value, (unit.unsqueeze(1) * unit[found]).sum(dim=-1), rtol=1e-5, atol=1e-6)


def test_a_row_whose_cells_hold_too_few_is_compared_with_all(monkeypatch, x) -> None:
    monkeypatch.setattr(knn_faiss, "PROBES", 1)
    found, _ = topk_cosine(x, 200, search="approximate")
    assert found.min() >= 0
    assert all(len(row.unique()) == 200 for row in found)


def test_without_faiss_it_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "faiss", None)
    monkeypatch.setattr("pygmmrec.utils.extras.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'pygmmrec\[faiss\]'"):
        topk_cosine(torch.randn(10, 3), 2, search="approximate")
