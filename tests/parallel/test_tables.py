from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from pygmmrec.kernels.columns.column_shard import ColumnShard, whole
from pygmmrec.kernels.columns.ranks import Ranks
from pygmmrec.models import VBPR, LightGCN
from pygmmrec.parallel.tables import DividedTables, divide_moments, divided_names, whole_weights
from pygmmrec.testing import toy_data
from pygmmrec.testing.graphs import all_triplets

TwoRanks = Callable[[Callable[[Ranks], Any]], list[Any]]


def light_gcn() -> LightGCN:
    return LightGCN.from_data(toy_data(), seed=0, embedding_dim=4).double()


def test_tables_of_one_column_are_not_divided() -> None:
    model = VBPR.from_data(toy_data(), embedding_dim=4)
    assert model.item_bias is not None
    assert divided_names(model, 2) == ["user_embedding.weight", "item_embedding.weight"]


def test_columns_that_cannot_be_shared_out() -> None:
    wanted = r"'devices' needs to be a divisor of 4, the columns of '\w+.weight', in 'LightGCN' \(got 3\)"
    with pytest.raises(ValueError, match=wanted):
        divided_names(light_gcn(), 3)


def test_divided_and_whole_again(two_ranks: TwoRanks) -> None:
    expected = light_gcn().state_dict()

    def one(ranks: Ranks) -> None:
        model = light_gcn()
        weight = model.user_embedding.weight
        tables = DividedTables(model, ranks)
        shard = model.user_embedding.weight
        assert isinstance(shard, ColumnShard)
        assert weight.numel() == 0
        with whole_weights(model):
            assert type(model.user_embedding.weight.data) is Tensor
            assert model.user_embedding.weight.equal(expected["user_embedding.weight"])
        assert model.user_embedding.weight is shard
        tables.join()
        assert model.user_embedding.weight is weight
        assert all(value.equal(expected[name]) for name, value in model.state_dict().items())

    assert two_ranks(one) == [None, None]


def test_gradients_are_divided_as_their_tables_are(two_ranks: TwoRanks) -> None:
    data = LightGCN.prepare(toy_data())
    batch, model = all_triplets(data), light_gcn()
    sum(model.loss(data, batch).values()).backward()  # type: ignore[union-attr]

    def one(ranks: Ranks) -> list[Any]:
        divided = light_gcn()
        DividedTables(divided, ranks)
        sum(divided.loss(data, batch).values()).backward()  # type: ignore[union-attr]
        return [weight.grad for weight in divided.parameters()]

    def gathered(ranks: Ranks) -> list[Tensor]:
        grads = one(ranks)
        assert all(isinstance(grad, ColumnShard) for grad in grads)
        return [whole(grad) for grad in grads]

    for grads in two_ranks(gathered):
        torch.testing.assert_close(grads, [weight.grad for weight in model.parameters()])


def test_moments_of_a_file_are_divided(two_ranks: TwoRanks) -> None:
    def one(ranks: Ranks) -> None:
        model = light_gcn()
        DividedTables(model, ranks)
        optimizer = torch.optim.Adam(model.parameters())
        table = model.item_embedding.weight
        moment = torch.arange(float(table.numel()), dtype=torch.float64).view(table.shape)
        optimizer.state[table] = {"step": torch.tensor(3.0), "exp_avg": moment}
        divide_moments(optimizer)
        kept = optimizer.state[table]
        assert isinstance(kept["exp_avg"], ColumnShard)
        assert kept["exp_avg"].local.equal(ranks.own(moment))
        assert kept["step"] == 3

    assert two_ranks(one) == [None, None]
