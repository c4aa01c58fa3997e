import torch

from pygmmrec.models import BPRMF, VBPR
from pygmmrec.testing.graphs import NUM_ITEMS, NUM_USERS
from pygmmrec.testing.suite import Suite, scores, total, train


class Small(Suite):
    model = VBPR
    config = {"embedding_dim": 3}  # noqa: RUF012 - as users write it


def test_models_are_built_with_the_settings_of_the_class_or_of_the_call() -> None:
    model, data = Small().ready()
    assert (model.num_users, model.num_items, model.embedding_dim) == (NUM_USERS, NUM_ITEMS, 3)
    assert model.user_embedding.weight.dtype == torch.float64
    assert Small().build(data, embedding_dim=4).embedding_dim == 4
    assert Small().graph(num_modalities=1)["item"].num_nodes == NUM_ITEMS
    assert Small().takes_features()
    assert not type("Other", (Small,), {"model": BPRMF})().takes_features()


def test_training_lowers_a_loss_and_scores_are_of_all_pairs() -> None:
    model, data = Small().ready()
    before = scores(model, data)
    assert before.shape == (NUM_USERS, NUM_ITEMS)
    train(model, data, epochs=1, lr=0.1)
    assert not torch.equal(scores(model, data), before)
    assert total({"a": torch.tensor(1.0), "b": torch.tensor(2.0)}).item() == 3
