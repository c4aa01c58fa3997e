import copy

import torch

from pygmmrec.models import BPRMF, LightGCN
from pygmmrec.models.drawn import DEFAULT_SEED, Drawn, weights_seed
from pygmmrec.utils.seed import seeded


def test_weights_say_from_which_seed_they_were_drawn(toy_data, monkeypatch) -> None:
    data = toy_data()
    by_argument = LightGCN.from_data(data, seed=4)
    assert weights_seed(by_argument) == {"weights": 4, "weights_by": "argument"}
    torch.manual_seed(4)
    by_generator = LightGCN.from_data(data)
    assert weights_seed(by_generator) == {"weights": 4, "weights_by": "generator"}
    assert torch.equal(by_argument.user_embedding.weight, by_generator.user_embedding.weight)

    monkeypatch.setattr("pygmmrec.models.drawn.is_seeded", lambda: False)
    before = torch.get_rng_state()
    nobody = [LightGCN.from_data(data), LightGCN(9, 11)]
    assert torch.equal(before, torch.get_rng_state())
    with seeded(DEFAULT_SEED):
        monkeypatch.undo()
        expected = LightGCN(9, 11)
    for model in nobody:
        assert weights_seed(model) == {"weights": DEFAULT_SEED, "weights_by": "default"}
        assert torch.equal(model.user_embedding.weight, expected.user_embedding.weight)


def test_weights_that_are_no_longer_as_drawn(toy_data) -> None:
    given = {"weights": None, "weights_by": "given"}
    model = BPRMF.from_data(toy_data(), seed=1)
    loaded, trained, copied, moved = (BPRMF.from_data(toy_data(), seed=1) for _ in range(4))
    loaded.load_state_dict(model.state_dict())
    torch.optim.SGD(trained.parameters(), lr=0.1).step()  # no gradient, no step
    assert weights_seed(trained)["weights"] == 1
    with torch.no_grad():
        trained.user_embedding.weight.add_(1)
    assert weights_seed(loaded) == weights_seed(trained) == given
    assert weights_seed(copy.deepcopy(copied)) == given
    assert weights_seed(moved.double().to("cpu"))["weights"] == 1
    assert weights_seed(torch.nn.Linear(1, 1)) == given


def test_a_model_made_of_another_is_drawn_once(toy_data) -> None:
    class Mine(BPRMF):
        def __init__(self, num_users: int, num_items: int, *, embedding_dim: int = 4) -> None:
            super().__init__(num_users, num_items, embedding_dim=embedding_dim)

    model, other = Mine.from_data(toy_data(), seed=2), BPRMF.from_data(toy_data(), seed=2, embedding_dim=4)
    assert isinstance(model.__dict__["_drawn"], Drawn)
    assert torch.equal(model.item_embedding.weight, other.item_embedding.weight)
