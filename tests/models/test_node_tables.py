import pytest
import torch
from torch import Tensor, nn

from pygmmrec.data.ids import IdMap
from pygmmrec.models.node_tables import declared_tables, grow_tables, known_places, select_tables
from pygmmrec.nn import NodeTable

TABLES = {"user.weight": "user", "bias": "item"}


@pytest.fixture
def state() -> dict[str, Tensor]:
    """Two users of three columns, three items, and a weight of no node."""
    return {"user.weight": torch.rand(2, 3), "bias": torch.tensor([1, 2, 3]), "lin": torch.rand(2, 2)}


def test_tables_are_found_wherever_they_are() -> None:
    model, shared = nn.Module(), NodeTable("item", 3, 2)
    model.user, model.lin, model.inner = (
        NodeTable("user", 2, 3),
        nn.Embedding(2, 3),
        nn.ModuleDict({"a": shared}),
    )
    model.again = shared
    expected = {"user.weight": "user", "inner.a.weight": "item", "again.weight": "item"}
    assert declared_tables(model) == expected
    assert set(expected) <= set(model.state_dict())


@pytest.mark.parametrize("rule", ["draw", "mean", "zero"])
def test_known_rows_move_and_new_rows_follow_the_rule(state, rule) -> None:
    drawn = {"user.weight": torch.rand(3, 3).double(), "bias": torch.tensor([7, 8]), "lin": torch.rand(2, 2)}
    known = {"user": torch.tensor([1, -1, 0]), "item": torch.tensor([-1, 2])}
    out = grow_tables(state, drawn, TABLES, known, rule, "here")
    user = state["user.weight"]
    new = {"draw": drawn["user.weight"][1].float(), "mean": user.mean(0), "zero": torch.zeros(3)}[rule]
    torch.testing.assert_close(out["user.weight"], torch.stack([user[1], new, user[0]]))
    assert out["bias"].tolist() == [0 if rule == "zero" else 7, 3]  # whole numbers have no mean
    assert torch.equal(out["lin"], state["lin"])
    assert out["lin"].data_ptr() != state["lin"].data_ptr()
    with pytest.raises(ValueError, match=r"'rule' needs to be one of .* in 'here' \(got 'median'\)"):
        grow_tables(state, drawn, TABLES, known, "median", "here")


def test_selected_rows_carry_a_gradient(state) -> None:
    leaf = state["user.weight"].requires_grad_()
    nodes = {"user": torch.tensor([1])}
    out = select_tables(state, TABLES, nodes)
    out["user.weight"].sum().backward()
    assert leaf.grad.tolist() == [[0] * 3, [1] * 3]
    assert torch.equal(out["bias"], state["bias"])
    assert out["bias"].data_ptr() != state["bias"].data_ptr()


def test_known_places_are_found_by_raw_id() -> None:
    old, new = {"user": IdMap(["a", "b", "c"])}, {"user": IdMap(["c", "x", "a", "b"])}
    assert known_places(old, new, "user", False, "here").tolist() == [2, -1, 0, 1]
    assert known_places(new, old, "user", True, "here").tolist() == [2, 3, 0]
    with pytest.raises(ValueError, match=r"'new' .* all users of 'old' .*1, such as 'x'.*drop=True"):
        known_places(new, old, "user", False, "here")
    with pytest.raises(ValueError, match="'old' needs to be a graph with the raw ids of its items"):
        known_places(old, new, "item", False, "here")
