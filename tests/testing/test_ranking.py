from typing import Any

import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.models import BPRMF
from pygmmrec.testing import RecommenderTests
from pygmmrec.testing.ranking import RankingTests
from pygmmrec.typing import Embeddings

SMALL = {"config": {"embedding_dim": 6}}


class Stacked(BPRMF):
    """One tensor of users and items."""

    def forward(self, data: HeteroData) -> Any:
        return torch.cat(super().forward(data))


class Doubled(BPRMF):
    """Scores in double precision."""

    def score(self, out: Embeddings, user_index: Tensor) -> Tensor:
        return super().score(out, user_index).double()


class Shifted(BPRMF):
    """Recommends the item beside the best."""

    def recommend(self, *args: Any, **kwargs: Any) -> Any:
        items, values = super().recommend(*args, **kwargs)
        return (items + 1) % self.num_items if isinstance(items, Tensor) else items, values


class Repeats(BPRMF):
    """Recommends what users have."""

    def recommend(self, *args: Any, exclude: Any = None, **kwargs: Any) -> Any:
        return super().recommend(*args, **kwargs)


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (Stacked, "test_output_and_scores_have_their_shapes_in_single_precision"),
        (Doubled, "test_output_and_scores_have_their_shapes_in_single_precision"),
        (Shifted, "test_recommend_by_index_and_by_raw_id"),
        (Repeats, "test_no_known_item_is_recommended"),
    ],
)
def test_a_broken_model_fails(fails, broken, test) -> None:
    assert issubclass(RecommenderTests, RankingTests)
    assert fails(broken, test, **SMALL)
