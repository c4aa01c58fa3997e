import pytest
import torch

from pygmmrec.kernels.solvers.set_similarity import SetSimilarity
from pygmmrec.models import ItemKNN


@pytest.mark.parametrize(
    ("p", "h", "a"), [(0.0, 0.0, 0.5), (0.5, 0.0, 0.5), (0.5, 1.5, 0.0), (1.0, 0.1, 0.7)]
)
@pytest.mark.parametrize("k", [2, 40])
def test_cosine_equals_the_dense_formula(data, r, scores_of, largest, p, h, a, k) -> None:
    dot, square = r.t() @ (r * r.sum(dim=1, keepdim=True) ** -p), r.sum(dim=0)
    similarity = (dot / (square[:, None] ** a * square ** (1 - a) + h)).nan_to_num(0.0)
    arguments = {"k": k, "user_damping": p, "shrink": h, "asymmetry": a, "neighbours_of": "owned"}
    model = ItemKNN.from_data(data, **arguments)
    owned = largest(similarity, k)  # a row of an item that a user has
    torch.testing.assert_close(scores_of(model, data), r @ owned, rtol=1e-9, atol=1e-9)
    other = ItemKNN.from_data(data, **{**arguments, "neighbours_of": "candidate"})
    torch.testing.assert_close(scores_of(other, data), r @ owned.t(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", ["tf-idf", "bm25"])
def test_other_similarities(data, r, scores_of, largest, kind) -> None:
    model = ItemKNN.from_data(data, k=4, similarity=kind, user_damping=0.25).double()
    items = model.history(data).t()
    similarity = SetSimilarity(items, kind, damping=0.25, shrink=0.0, asymmetry=0.5)(items)
    expected = r @ largest(similarity, 4)
    torch.testing.assert_close(scores_of(model, data), expected, rtol=1e-9, atol=1e-9)


def test_arguments_out_of_range() -> None:
    with pytest.raises(ValueError, match="'similarity' needs to be one of"):
        ItemKNN(2, 3, similarity="dice")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="'asymmetry' needs to be"):
        ItemKNN(2, 3, asymmetry=1.5)
    with pytest.raises(ValueError, match="'shrink' needs to be"):
        ItemKNN(2, 3, shrink=-1.0)
