import torch

from pygmmrec.models import ItemKNN
from pygmmrec.models.closed.item_based import ItemBased


def test_scores_are_interactions_times_weights_of_neighbours(data, r) -> None:
    model = ItemKNN(14, 16, k=2, neighbours_of="candidate").double()
    assert isinstance(model, ItemBased)
    index = torch.stack([(torch.arange(16) + 3) % 16, (torch.arange(16) + 5) % 16], dim=1)
    weight = torch.rand(16, 2, dtype=torch.float64)
    model.neighbours.assign(index, weight)
    w = torch.zeros(16, 16, dtype=torch.float64).scatter(1, index, weight).t()  # an item's are its column
    out = model.fitted.fill_(True) and model(data)
    assert torch.equal(out.user.to_dense(), r)
    torch.testing.assert_close(model.score(out, torch.arange(14)), r @ w, rtol=1e-12, atol=1e-12)
