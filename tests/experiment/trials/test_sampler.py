import optuna
import pytest
from optuna.samplers import QMCSampler, RandomSampler, TPESampler

from pygmmrec.experiment.trials.sampler import make_sampler, sampler_name


def draw(*seed: int) -> float:
    study = optuna.create_study(sampler=make_sampler("random", *seed))
    return study.ask().suggest_float("x", 0, 1)


def test_samplers_by_name_and_by_function() -> None:
    assert isinstance(make_sampler("tpe", 0, 1), TPESampler)
    assert isinstance(make_sampler("random", 0), RandomSampler)
    assert isinstance(make_sampler(lambda seed: QMCSampler(seed=seed), 0), QMCSampler)
    assert sampler_name("tpe") == "tpe"
    assert sampler_name(lambda seed: RandomSampler(seed=seed)) == "RandomSampler"
    with pytest.raises(ValueError, match="'sampler' needs to be one of"):
        make_sampler("best", 0)


def test_a_seed_of_several_parts_says_what_is_drawn() -> None:
    assert draw(0, 1) == draw(0, 1)
    assert draw(0, 1) != draw(0, 2)
