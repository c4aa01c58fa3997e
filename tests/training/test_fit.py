import torch
from torch_geometric.data import HeteroData

from pygmmrec.models import LightGCN
from pygmmrec.training import Run, fit


def test_is_the_loop_of_a_run(prepared: HeteroData) -> None:
    options = {"epochs": 3, "batch_size": 64, "lr": 1e-2, "device": "cpu", "seed": 5}
    models = []
    for _ in range(2):
        torch.manual_seed(1)
        models.append(LightGCN.from_data(prepared, embedding_dim=8))
    result = fit(models[0], prepared, **options)
    run = Run(models[1], prepared, **options)
    for graph in run:
        for batch in run.batches():
            run.step(run.loss(graph, batch))
        run.validate()
    assert run.finish().test == result.test


def test_learns(prepared: HeteroData) -> None:
    model = LightGCN.from_data(prepared, embedding_dim=16)
    result = fit(model, prepared, epochs=30, batch_size=64, lr=1e-2, device="cpu")
    losses = [entry["loss"]["bpr"] for entry in result.history]
    assert losses[-1] < 0.5 * losses[0]
    assert result.valid["recall@20"] > 20 / 80  # better than chance
