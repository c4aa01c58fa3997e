import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.models import LightGCN
from pygmmrec.training import Options
from pygmmrec.training.device import single_device
from pygmmrec.training.stepper import Stepper


def stepper(data: HeteroData, **options: object) -> tuple[LightGCN, Stepper]:
    model = LightGCN.from_data(data, embedding_dim=8, seed=1)
    told = Options(optimizer="SGD", lr=0.5, **options)  # type: ignore[arg-type]
    return model, Stepper(single_device("cpu"), model, told)


def test_a_step_follows_the_gradient_of_the_sum(prepared: HeteroData) -> None:
    model, steps = stepper(prepared)
    weight, before = model.user_embedding.weight, model.user_embedding.weight.detach().clone()
    steps.step({"a": weight.sum(), "b": 2 * weight.sum()})
    assert torch.allclose(weight, before - 0.5 * 3)
    assert steps.end_epoch() == {
        "a": pytest.approx(float(before.sum())),
        "b": pytest.approx(2 * float(before.sum())),
    }
    with pytest.raises(ValueError, match="at least one step"):
        steps.end_epoch()


def test_a_gradient_that_is_too_long_is_cut(prepared: HeteroData) -> None:
    model, steps = stepper(prepared, clip_norm=0.25)
    before = model.user_embedding.weight.detach().clone()
    steps.step({"a": 7 * model.user_embedding.weight.sum()})
    assert float((model.user_embedding.weight.detach() - before).norm()) == pytest.approx(0.5 * 0.25)


def test_gradients_add_up_until_a_step_of_ones_own(prepared: HeteroData) -> None:
    model, steps = stepper(prepared)
    before = model.user_embedding.weight.detach().clone()
    for _ in range(2):
        steps.backward({"a": model.user_embedding.weight.sum()})
    steps.optimizer.step()
    assert torch.allclose(model.user_embedding.weight, before - 0.5 * 2)
    with pytest.raises(ValueError, match="at least one term"):
        steps.backward({})


def test_a_schedule_that_waits_for_a_metric_needs_one(prepared: HeteroData) -> None:
    with pytest.raises(ValueError, match="'monitor' needs to be a metric where 'scheduler' waits for one"):
        stepper(prepared, scheduler="ReduceLROnPlateau", monitor=None)


def test_what_changes_in_training(prepared: HeteroData) -> None:
    assert set(stepper(prepared)[1].parts) == {"optimizer", "scheduler"}
    frozen = LightGCN.from_data(prepared).requires_grad_(False)
    steps = Stepper(single_device("cpu"), frozen, Options())
    assert (steps.parts, steps.optimizer, steps.end_epoch()) == ({}, None, {})
