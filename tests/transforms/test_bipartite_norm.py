import pytest
import torch

from pygmmrec.transforms import BipartiteNorm, ToAdj
from pygmmrec.typing import INTERACTS, REV_INTERACTS


@pytest.fixture
def data(toy_data, edge_index):
    """Five users, four items; user 4 and item 3 have no edge."""
    return toy_data(edge_index, 5, 4)


def rooted(degree: torch.Tensor, exponent: float) -> torch.Tensor:
    return torch.tensor([d**exponent if d else 0.0 for d in degree.tolist()])


@pytest.mark.parametrize("norm", ["sym", "row", "none"])
def test_both_directions_against_dense_formulas(data, to_dense, norm) -> None:
    out = BipartiteNorm(norm)(data)
    for edge_type, size in ((INTERACTS, (5, 4)), (REV_INTERACTS, (4, 5))):
        matrix = to_dense(data[edge_type].edge_index, None, size)
        rows, cols = matrix.sum(1), matrix.sum(0)
        expected = {
            "none": matrix,
            "row": rooted(rows, -1)[:, None] * matrix,
            "sym": rooted(rows, -0.5)[:, None] * matrix * rooted(cols, -0.5),
        }[norm]
        store = out[edge_type]
        torch.testing.assert_close(to_dense(store.edge_index, store.edge_weight, size), expected)


@pytest.mark.parametrize("norm", ["sym", "row", "none"])
def test_symmetric_says_whether_the_directions_are_transposes(data, to_dense, norm) -> None:
    out = BipartiteNorm(norm)(data)
    to_item = to_dense(out[INTERACTS].edge_index, out[INTERACTS].edge_weight, (5, 4))
    to_user = to_dense(out[REV_INTERACTS].edge_index, out[REV_INTERACTS].edge_weight, (4, 5))
    assert out[INTERACTS].symmetric == out[REV_INTERACTS].symmetric == torch.equal(to_item, to_user.t())


def test_the_input_is_left_alone(data) -> None:
    before = {edge_type: set(data[edge_type].keys()) for edge_type in (INTERACTS, REV_INTERACTS)}
    BipartiteNorm()(data)
    assert {edge_type: set(data[edge_type].keys()) for edge_type in before} == before


def test_other_weights_take_the_matrix_of_the_old_ones_away(data) -> None:
    once = ToAdj()(BipartiteNorm("sym")(data))
    twice = ToAdj()(BipartiteNorm("row")(once))
    assert torch.allclose(twice[REV_INTERACTS].matrix.to_dense().sum(1), torch.tensor([1.0, 1, 1, 1, 0]))
    assert not torch.allclose(once[REV_INTERACTS].matrix.to_dense(), twice[REV_INTERACTS].matrix.to_dense())


def test_repr_and_error() -> None:
    assert repr(BipartiteNorm("row")) == "BipartiteNorm(norm='row')"
    with pytest.raises(ValueError, match=r"'norm' needs to be one of .* in 'BipartiteNorm' \(got 'col'\)"):
        BipartiteNorm("col")
