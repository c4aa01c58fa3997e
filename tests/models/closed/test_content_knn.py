import pytest
import torch

from pygmmrec.models import ContentKNN
from pygmmrec.models.closed.content import content_rows
from pygmmrec.typing import available_key


@pytest.mark.parametrize(("h", "normalize", "itself"), [(0.0, True, False), (10.0, False, True)])
@pytest.mark.parametrize("k", [3, 40])
def test_equals_the_dense_formula(data, r, scores_of, h, normalize, itself, k) -> None:
    x = content_rows(data, {"m0": 5, "m1": 6}, "test", normalize=normalize)
    length = x.norm(dim=1)
    similarity = x @ x.t() / (length[:, None] * length + h)
    if not itself:
        similarity.fill_diagonal_(-torch.inf)
    best = similarity.sort(dim=1, descending=True)
    index, value = best.indices[:, :k], best.values[:, :k].masked_fill(best.values[:, :k].isneginf(), 0.0)
    w = torch.zeros_like(similarity).scatter(1, index, value)
    found = scores_of(ContentKNN.from_data(data, k=k, shrink=h, normalize=normalize, itself=itself), data)
    torch.testing.assert_close(found, r @ w.t(), rtol=1e-9, atol=1e-9)


def test_neighbours_of_the_items_that_a_user_has(data, r, scores_of) -> None:
    model = ContentKNN.from_data(data, k=3, neighbours_of="owned")
    found = scores_of(model, data)
    torch.testing.assert_close(found, r @ model.neighbours.matrix().to_dense(), rtol=1e-9, atol=1e-9)
    with pytest.raises(ValueError, match="'neighbours_of' needs to be one of"):
        ContentKNN(2, 3, {"m0": 4}, neighbours_of="both")  # type: ignore[arg-type]


def test_an_item_without_content_has_no_neighbours_and_is_none(data, scores_of) -> None:
    for key in ("m0", "m1"):
        data["item"][available_key(key)] = torch.arange(16) != 2
    model = ContentKNN.from_data(data, k=40)
    assert scores_of(model, data)[:, 2].eq(0).all()
    assert not (model.neighbours.index == 2).any()


def test_items_that_came_after_the_fit_are_ranked_by_their_content(data, r, scores_of) -> None:
    model = ContentKNN.from_data(data, k=3)
    before = scores_of(model, data)
    more = data.clone()
    more["item"].num_nodes = 17
    for key in ("m0", "m1"):  # the same as item 5
        more["item"][key] = torch.cat([data["item"][key], data["item"][key][5:6]])
    grown = model.grow({"item": range(16), "user": range(14)}, {"item": range(17), "user": range(14)})
    found = grown.score(grown(more), torch.arange(14))
    torch.testing.assert_close(found[:, :16], before, rtol=1e-9, atol=1e-9)
    assert (found[:, 16][r[:, 5] == 1] > 0.5).all()  # with a cosine of 1 to item 5
