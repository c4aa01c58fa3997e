import pytest
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.losses import bpr_loss
from pygmmrec.models import BPRMF
from pygmmrec.testing import RecommenderTests
from pygmmrec.testing.learning import LearningTests
from pygmmrec.typing import Embeddings, Triplets

SMALL = {"config": {"embedding_dim": 6}}


class Upside(BPRMF):
    """Learns to rank the wrong way round."""

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        return super().loss(data, Triplets(batch.user, batch.neg, batch.pos))


class Deaf(BPRMF):
    """Its loss is worse the more it is trained."""

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        return {name: 1 - value + 2 * value.detach() for name, value in super().loss(data, batch).items()}


class Half(BPRMF):
    """The last three columns of users never see a gradient."""

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        user, item = self.user_embedding.weight[:, :3], self.item_embedding.weight[:, :3]
        score = [(user[batch.user] * item[index]).sum(dim=-1) for index in (batch.pos, batch.neg)]
        return {"bpr": bpr_loss(*score), "item": self.item_embedding.weight.square().sum()}


class Stubborn(BPRMF):
    """Draws its users once."""

    def reset_parameters(self) -> None:
        torch.nn.init.normal_(self.item_embedding.weight)


class Hidden(BPRMF):
    """Has a weight that no file holds."""

    def __init__(self, num_users: int, num_items: int, *, embedding_dim: int = 64) -> None:
        super().__init__(num_users, num_items, embedding_dim=embedding_dim)
        self.scale = [torch.rand(embedding_dim, dtype=torch.float64)]

    def forward(self, data: HeteroData) -> Embeddings:
        out = super().forward(data)
        return Embeddings(out.user * self.scale[0].to(out.user.dtype), out.item)


class Imprecise(BPRMF):
    """Is another model in low precision."""

    def loss(self, data: HeteroData, batch: Triplets) -> dict[str, Tensor]:
        terms = super().loss(data, batch)
        return {**terms, "more": terms["bpr"] * torch.is_autocast_enabled("cpu")}


@pytest.mark.parametrize(
    ("broken", "test"),
    [
        (Upside, "test_learns_a_checkerboard"),
        (Deaf, "test_the_loss_is_named_scalars_and_training_lowers_their_sum"),
        (Half, "test_the_gradient_reaches_every_element_of_every_weight"),
        (Stubborn, "test_reset_parameters_draws_everything_again"),
        (Hidden, "test_a_reloaded_model_ranks_the_same"),
        (Imprecise, "test_under_autocast"),
    ],
)
def test_a_broken_model_fails(fails, broken, test) -> None:
    assert issubclass(RecommenderTests, LearningTests)
    assert fails(broken, test, **SMALL)
