import torch
from torch_geometric.data import HeteroData

from pygmmrec.data import summarize
from pygmmrec.evaluation import count_held_out
from pygmmrec.models import LightGCN
from pygmmrec.training.origin import Origin


def test_what_a_run_knows_when_it_begins(prepared: HeteroData) -> None:
    model = LightGCN.from_data(prepared, embedding_dim=8, seed=3)
    counts = {"valid": count_held_out(prepared)}
    origin = Origin.of(model, prepared, 7, counts, torch.device("cpu"))
    assert origin.seeds == {"training": 7, "weights": 3, "weights_by": "argument"}
    history = [
        {"epoch": n, "loss": {}, "valid": {"recall@5": n / 10}, "seconds": float(n)} for n in (1, 2, 3)
    ]
    training = {"dataset": "toy", "seed": 7, "num_negatives": None}
    result = origin.result(
        best_epoch=2, test={}, training=training, history=history, peak_memory_mb=None, stopped="patience"
    )
    assert (result.model, result.dataset, result.seed, result.epochs) == ("LightGCN", "toy", 7, 3)
    assert (result.best_epoch, result.valid, result.seconds_per_epoch) == (2, {"recall@5": 0.2}, 2.0)
    assert result.config == {"model": model.config, "training": training}
    assert (result.stopped, result.ranking) == ("patience", "all items")
    assert result.counts == {"valid": counts["valid"]._asdict()}
    assert result.data == summarize(prepared).as_dict()
    assert result.num_parameters == 8 * (60 + 80)
