import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from pygmmrec.experiment.settings.contender import contender
from pygmmrec.experiment.trials.search import Search


def test_the_identity_says_what_decides_the_outcome(sought: Callable[..., Search]) -> None:
    search = sought()
    said = search.identity
    assert said == json.loads(json.dumps(said))
    assert (search.name, said["model"], said["protocol"]) == ("LightGCN on tiny", "LightGCN", "tiny")
    assert said["budget"] == {"epochs": 1, "seconds": None}
    assert "training.lr" in said["space"]
    assert sought(9, device="auto", storage="sqlite://").identity == said
    for other in (sought(sampler="random"), sought(data="x"), sought(preset="tiktok")):
        assert other.identity != said


def test_a_search_needs_a_space_and_trials(sought: Callable[..., Search]) -> None:
    with pytest.raises(ValueError, match="'trials' needs to be at least 1"):
        sought(0)
    with pytest.raises(ValueError, match="'space' needs to be given"):
        replace(sought(), contender=contender("LightGCN", "tiny", searched=False))
