import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.evaluation import evaluate, evaluate_per_user
from pygmmrec.evaluation.negatives import SAMPLED, draw_negatives
from pygmmrec.models import DGVAE, LightGCN
from pygmmrec.typing import HELD_OUT, INTERACTS


@pytest.fixture(scope="module")
def data() -> HeteroData:
    return LightGCN.prepare(SyntheticMultimodal(num_users=60, num_items=80, seed=3)[0])


def test_items_that_the_user_does_not_know_each_once(data: HeteroData) -> None:
    users = torch.tensor([7, 3, 50])
    drawn = draw_negatives(data, users, 20, seed=1)
    assert torch.equal(drawn, draw_negatives(data, users, 20, seed=1))
    assert not torch.equal(drawn, draw_negatives(data, users, 20, seed=2))
    store = data[INTERACTS]
    known = torch.cat([store.edge_index, *(store[name] for name in HELD_OUT)], dim=1)
    for user, items in zip(users.tolist(), drawn.tolist(), strict=True):
        assert len(set(items)) == 20
        assert not set(items) & set(known[1, known[0] == user].tolist())
    with pytest.raises(ValueError, match="'num_negatives' needs to be at most half of the 80 items"):
        draw_negatives(data, users, 41, seed=1)


def test_metrics_are_those_of_ranking_among_the_sample_and_say_so(data: HeteroData) -> None:
    model = LightGCN.from_data(data, embedding_dim=8, seed=0)
    found = evaluate(model, data, ks=(5,), num_negatives=30, seed=4, block_size=7)
    assert found == evaluate(model, data, ks=(5,), num_negatives=30, seed=4)
    assert all(name.startswith(SAMPLED) for name in found)
    assert found.counts.negatives == 30
    users, values = evaluate_per_user(model, data, ks=(5,), metrics=["recall"], num_negatives=30, seed=4)
    scores = model.score(model.eval()(data), users).detach()
    drawn = draw_negatives(data, users, 30, seed=4)
    held = data[INTERACTS].valid_label_index
    for row, user in enumerate(users.tolist()):
        own = held[1, held[0] == user].tolist()
        best = sorted(own + drawn[row].tolist(), key=lambda item, row=row: -float(scores[row, item]))[:5]
        recall = len(set(best) & set(own)) / len(own)
        assert float(values["sampled_recall@5"][row]) == pytest.approx(recall)


def test_a_model_that_scores_in_its_own_way(data: HeteroData) -> None:
    graph = DGVAE.prepare(SyntheticMultimodal(num_users=40, num_items=60, seed=3)[0])
    model = DGVAE.from_data(graph, seed=0).eval()
    with torch.no_grad():
        out, users = model(graph), torch.tensor([4, 2])
        items = torch.tensor([[1, 3, 5], [0, 2, 39]])
        assert torch.equal(model.score_items(out, users, items), model.score(out, users).gather(1, items))
        plain = LightGCN.from_data(data, embedding_dim=8, seed=0).eval()
        found = plain.score_items(plain(data), users, items)
        assert torch.allclose(found, plain.score(plain(data), users).gather(1, items), atol=1e-6)
