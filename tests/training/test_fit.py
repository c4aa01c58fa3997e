import inspect
import logging

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.evaluation import evaluate
from pygmmrec.models import CRANE, FREEDOM, MMGCN, LightGCN
from pygmmrec.training import Run, fit
from pygmmrec.training.result import FitResult

QUICK = {"epochs": 2, "batch_size": 64, "lr": 1e-2, "device": "cpu", "progress": False}


@pytest.fixture(scope="module")
def raw() -> HeteroData:
    return SyntheticMultimodal(num_users=60, num_items=80, seed=3)[0]


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


def train(data: HeteroData, **options: object) -> FitResult:
    torch.manual_seed(0)
    model = FREEDOM.from_data(data, embedding_dim=8)
    return fit(model, data, **QUICK, **options)


def test_what_is_not_prepared_is_prepared_and_pruned_as_the_model_says(
    raw: HeteroData, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="pygmmrec.training"):
        result = train(raw)
    assert "Preparing the graph for FREEDOM" in caplog.text
    by_hand = train(FREEDOM.prepare(raw), epoch_transform=FREEDOM.epoch_transform())
    assert result.history[-1]["loss"] == by_hand.history[-1]["loss"]
    assert "AdaptiveDropEdge(p=0.8" in result.config["training"]["epoch_transform"]
    whole = train(raw, epoch_transform=None)
    assert whole.history[-1]["loss"] != result.history[-1]["loss"]
    assert whole.config["training"]["epoch_transform"] == "None"
    assert "prepared_by" not in raw


def test_settings_of_a_graph_that_was_prepared_stay(raw: HeteroData) -> None:
    assert train(FREEDOM.prepare(raw, k=3)).test != train(raw).test


@pytest.mark.parametrize("where", ["fit", "evaluate", "recommend"])
def test_a_graph_of_another_model_or_of_an_epoch_is_an_error(raw: HeteroData, where: str) -> None:
    model = LightGCN.from_data(raw, embedding_dim=8)
    call = {
        "fit": lambda data: fit(model, data, **QUICK),
        "evaluate": lambda data: evaluate(model, data),
        "recommend": lambda data: model.recommend(data, torch.tensor([0]), 3),
    }[where]
    with pytest.raises(ValueError, match=r"LightGCN prepared .*'MMGCN'.*Call LightGCN\.prepare\(data\)"):
        call(MMGCN.prepare(raw))
    data = LightGCN.prepare(raw)
    thin = CRANE.epoch_transform()(data)
    with pytest.raises(ValueError, match=r"with all its edges .*AdaptiveDropEdge.*training steps only"):
        call(thin)
    call(data)


def test_a_model_made_from_another_takes_its_graph(raw: HeteroData) -> None:
    class Mine(LightGCN):
        pass

    data = LightGCN.prepare(raw)
    fit(Mine.from_data(data, embedding_dim=8), data, **QUICK)


def test_a_wrong_name_is_an_error_that_names_the_right_one(raw: HeteroData) -> None:
    model = LightGCN.from_data(raw, embedding_dim=8)
    with pytest.raises(TypeError, match=r"'fit' takes no argument 'epoch'\. Did you mean 'epochs'\?"):
        fit(model, raw, epoch=3)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"'learning_rate'"):
        fit(model, raw, learning_rate=3)  # type: ignore[call-arg]
    assert inspect.signature(fit).parameters == inspect.signature(Run).parameters
    assert inspect.signature(fit).return_annotation is FitResult
