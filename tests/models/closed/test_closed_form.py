import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.kernels.sparse.adj import Adj
from pygmmrec.models.closed import ClosedForm
from pygmmrec.nn import FittedRows
from pygmmrec.testing import ClosedFormTests
from pygmmrec.typing import Embeddings


class MeanOfItems(ClosedForm):
    """What a user of this library may write: items are their users, users the items that they have."""

    def __init__(self, num_users: int, num_items: int) -> None:
        super().__init__(num_users, num_items)
        self.together = FittedRows("item", num_items, num_items)

    def solve(self, data: HeteroData, history: Adj) -> None:
        dense = history.to_dense()
        self.together.weight.copy_(dense.t() @ dense / dense.sum(dim=0).clamp(min=1))

    def user_rows(self, data: HeteroData, items: Adj) -> Tensor:
        return items.csr()

    def item_rows(self, data: HeteroData) -> Tensor:
        return self.together.weight


@pytest.fixture
def model(data) -> MeanOfItems:
    model = MeanOfItems.from_data(data).double()
    model.fit_closed(data)
    return model


def test_the_history_is_the_training_edges(model, data, r) -> None:
    assert torch.equal(model.history(data).to_dense(), r)
    assert model.history(data).value.dtype == torch.float64 == model.dtype
    assert model.float().dtype == torch.float32


def test_sparse_and_dense_rows_score_alike(model, data, r) -> None:
    users, weight = torch.tensor([3, 0, 3]), model.together.weight
    expected = r[users] @ weight.t()
    dense = Embeddings(r, weight)
    sparse = Embeddings(r.to_sparse_csr(), weight.to_sparse_csc())
    for out in (model(data), dense, sparse):
        torch.testing.assert_close(model.score(out, users), expected, rtol=1e-12, atol=1e-12)


def test_a_graph_of_others_is_refused(model, data) -> None:
    other = MeanOfItems(14, 15)
    with pytest.raises(ValueError, match="15 nodes of type 'item'"):
        other.fit_closed(data)


def test_tables_are_declared_and_reset(model) -> None:
    assert model.node_tables() == {"together.weight": "item"}
    assert list(model.fitted_tables()) == ["together"]
    assert set(model.state_dict()) == {"fitted", "together.weight"}
    model.reset_parameters()
    assert not model.fitted
    assert model.together.weight.eq(0).all()


def test_without_gradient_and_in_full_precision_under_autocast(data) -> None:
    data["item"].m0 = data["item"].m0.float()
    plain, cast = MeanOfItems.from_data(data), MeanOfItems.from_data(data)
    plain.fit_closed(data)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast.fit_closed(data)
    assert torch.equal(plain.together.weight, cast.together.weight)


def test_the_suite_finds_what_is_not_moved_with_its_nodes() -> None:
    """Columns of this table are items as well, which rows of numbers do not know."""

    class Suite(ClosedFormTests):
        model = MeanOfItems

    suite = Suite()
    torch.manual_seed(0)
    suite.test_learns_a_checkerboard_in_one_pass()
    suite.test_a_new_user_with_the_items_of_a_known_one_has_its_scores()
    suite.test_it_has_no_loss_and_says_so()
    suite.test_before_it_is_fitted_it_answers_nothing()
    with pytest.raises(AssertionError):
        suite.test_all_nodes_in_another_order_have_the_same_scores()
