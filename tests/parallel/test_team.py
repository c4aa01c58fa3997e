import logging
from collections.abc import Callable
from typing import Any

import torch

from pygmmrec.kernels.columns.column_shard import ColumnShard
from pygmmrec.kernels.columns.ranks import Ranks
from pygmmrec.parallel.team import Team

TwoRanks = Callable[[Callable[[Ranks], Any]], list[Any]]


def test_one_process() -> None:
    team, state = Team(), {"a": torch.ones(2), "b": [1, None]}
    assert team.is_first
    assert team.from_first(lambda: 3) == 3
    assert team.whole(state)["a"] is state["a"]
    with team.quiet():
        assert logging.getLogger("pygmmrec").level != logging.CRITICAL


def test_every_table_of_a_state_becomes_whole(two_ranks: TwoRanks) -> None:
    x = torch.arange(8.0).view(2, 4)

    def one(ranks: Ranks) -> Any:
        return Team(ranks).whole({"epoch": 1, "moments": [{"x": ColumnShard.of(x, ranks), "step": None}]})

    for state in two_ranks(one):
        assert state["epoch"] == 1
        assert state["moments"][0]["step"] is None
        assert state["moments"][0]["x"].equal(x)


def test_only_the_first_is_first_and_logs() -> None:
    logger = logging.getLogger("pygmmrec")
    for rank in range(2):
        team = Team(Ranks(rank, 2, None))  # type: ignore[arg-type]
        assert (team.is_first, team.size) == (rank == 0, 2)
        with team.quiet():
            assert logger.isEnabledFor(logging.ERROR) == (rank == 0)
        assert logger.isEnabledFor(logging.ERROR)
