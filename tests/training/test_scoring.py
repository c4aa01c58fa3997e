import torch
from torch_geometric.data import HeteroData

from pygmmrec.evaluation import evaluate
from pygmmrec.models import LightGCN
from pygmmrec.training import Options
from pygmmrec.training.scoring import FinalScores, Scoring
from pygmmrec.training.settle import settle


def scoring(data: HeteroData, **options: object) -> tuple[LightGCN, Scoring]:
    model = LightGCN.from_data(data, embedding_dim=8, seed=1)
    told = settle(Options(ks=(5, 20), **options), data).options  # type: ignore[arg-type]
    return model, Scoring(model, data, told)


def test_both_sets_are_scored_as_evaluate_does(prepared: HeteroData) -> None:
    model, scores = scoring(prepared, exclude="train+val")
    assert scores.validate() == evaluate(model, prepared, ks=(5, 20), exclude="train+val")
    found = scores.test()
    assert isinstance(found, FinalScores)
    assert found.metrics is not None
    assert found.metrics.compute() == evaluate(model, prepared, split="test", ks=(5, 20), exclude="train+val")
    assert found.beyond is not None
    assert found.embeddings is not None
    assert torch.equal(found.embeddings.item, model.eval()(prepared).item)
    assert set(found.beyond.compute()) == {"popularity@20", "diversity@20"}
    assert found.users.tolist() == sorted(
        set(prepared["user", "interacts", "item"].test_label_index[0].tolist())
    )


def test_no_test(prepared: HeteroData) -> None:
    users, metrics, beyond, out = scoring(prepared, test=False)[1].test()
    assert torch.equal(users, torch.empty(0, dtype=torch.int64))
    assert (metrics, beyond, out) == (None, None, None)


def test_samples_of_users_and_items_are_those_of_the_seed(prepared: HeteroData) -> None:
    given = {"num_negatives": 5, "seed": 3}
    model, scores = scoring(prepared, valid_users=7, **given)
    expected = evaluate(model, prepared, ks=(5, 20), num_users=7, **given)
    assert scores.validate() == scores.validate() == expected
    found = scores.test()
    assert found.metrics is not None
    assert found.metrics.compute() == evaluate(model, prepared, split="test", ks=(5, 20), **given)
    assert found.beyond is None
    assert found.embeddings is not None
    other = scoring(prepared, valid_users=7, num_negatives=5, seed=4)[1]
    assert other.validate() != expected
