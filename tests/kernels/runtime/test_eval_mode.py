import sys
import threading

import pytest
import torch
from torch import nn

from pygmmrec.kernels.runtime.eval_mode import eval_mode


def test_each_module_gets_its_own_flag_back() -> None:
    model = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(2))
    model[1].eval()
    with eval_mode(model):
        assert not any(module.training for module in model.modules())
        assert not torch.is_grad_enabled()
    assert [module.training for module in model.modules()] == [True, True, False]
    assert torch.is_grad_enabled()


def test_flags_come_back_after_an_error() -> None:
    model = nn.Dropout()
    with pytest.raises(RuntimeError, match="stop"), eval_mode(model):
        raise RuntimeError("stop")
    assert model.training
    assert torch.is_grad_enabled()


def test_what_is_cached_meanwhile_can_still_be_trained_with() -> None:
    weight = torch.ones(3, requires_grad=True)
    with eval_mode(nn.Identity()):
        cached = torch.arange(3.0)
    (weight * cached).sum().backward()
    assert weight.grad.tolist() == [0, 1, 2]


def test_a_second_look_outlives_the_first() -> None:
    model, looks, may_end = nn.Dropout(), threading.Event(), threading.Event()

    def look() -> None:
        with eval_mode(model):
            looks.set()
            may_end.wait(timeout=60)

    thread = threading.Thread(target=look)
    with eval_mode(model):
        thread.start()
        assert looks.wait(timeout=60)
    assert not model.training  # the second one still looks
    may_end.set()
    thread.join()
    assert model.training


def test_threads_that_look_at_one_model() -> None:
    model, wrong = nn.Sequential(nn.Dropout(), nn.BatchNorm1d(2).eval()), []

    def look() -> None:
        for _ in range(200):
            with eval_mode(model):
                if model[0].training:
                    wrong.append("training")

    threads = [threading.Thread(target=look) for _ in range(4)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(before)
    assert wrong == []
    assert [module.training for module in model.modules()] == [True, True, False]
