"""Threads that use one model get what one thread gets, and leave everything as it was."""

import sys
import threading
from collections.abc import Callable, Iterator

import pytest
import torch
from torch_geometric.data import HeteroData

import pygmmrec.models
from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.evaluation import evaluate
from pygmmrec.models import Recommender
from pygmmrec.models.closed import ClosedForm

pytestmark = pytest.mark.torture

ROUNDS = 30


@pytest.fixture(autouse=True)
def _switch_often() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


def prepared(name: str) -> tuple[Recommender, HeteroData]:
    cls = getattr(pygmmrec.models, name)
    data = cls.prepare(SyntheticMultimodal(120, 90, mean_activity=8)[0])
    model = cls.from_data(data, seed=0)
    if isinstance(model, ClosedForm):
        model.fit_closed(data)
    model.refresh(data)
    return model.train(), data


def at_once(*works: Callable[[], object]) -> list[BaseException]:
    """Do all of these again and again, each in a thread of its own; what went wrong."""
    wrong: list[BaseException] = []

    def repeat(work: Callable[[], object]) -> None:
        try:
            for _ in range(ROUNDS):
                work()
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
    assert not any(thread.is_alive() for thread in threads)
    return wrong


@pytest.mark.parametrize("name", [name for name in pygmmrec.models.__all__ if name != "Recommender"])
def test_recommend_and_evaluate(name: str) -> None:
    model, data = prepared(name)
    users = torch.arange(50)
    lists, scores = model.recommend(data, users, 10, exclude="train")[0], evaluate(model, data)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    assert model.training

    def recommends() -> None:
        assert torch.equal(model.recommend(data, users, 10, exclude="train")[0], lists)

    def evaluates() -> None:
        assert evaluate(model, data) == scores

    def sees_single_precision() -> None:
        assert torch.zeros(1).dtype == torch.float32

    assert at_once(recommends, recommends, evaluates, sees_single_precision) == []
    assert all(module.training for module in model.modules())
    assert torch.get_default_dtype() == torch.float32
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())


def test_two_models_at_once() -> None:
    (one, data), (other, _) = prepared("LightGCN"), prepared("LightGCN")
    other.eval()
    scores = evaluate(one, data)

    def evaluates(model: Recommender) -> None:
        assert evaluate(model, data) == scores

    assert at_once(*[lambda m=model: evaluates(m) for model in (one, other, one)]) == []
    assert one.training
    assert not other.training
