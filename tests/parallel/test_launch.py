import pytest
import torch

from pygmmrec.models import BPRMF
from pygmmrec.parallel.launch import meet, own_device
from pygmmrec.testing import toy_data
from pygmmrec.training import fit


@pytest.mark.parametrize("world", [None, "1"])
def test_one_process_is_a_team_of_its_own(monkeypatch: pytest.MonkeyPatch, world: str | None) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    if world is not None:
        monkeypatch.setenv("WORLD_SIZE", world)
    team = meet(1, "here")
    assert (team.size, team.is_first, team.ranks) == (1, True, None)


def test_several_would_each_train_on_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    data = toy_data()
    model = BPRMF.from_data(data)
    before = model.user_embedding.weight.clone()
    monkeypatch.setenv("WORLD_SIZE", "4")
    wanted = r"'devices' needs to be 4, .*WORLD_SIZE.* \(got 1\).*train on its own: pass devices=4"
    with pytest.raises(ValueError, match=wanted):
        fit(model, data, epochs=1)
    assert model.user_embedding.weight.equal(before)


def test_others_that_nobody_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    data = toy_data()
    with pytest.raises(ValueError, match=r"\(got 3\). Start that many processes: 'torchrun .* 3 script.py'"):
        fit(BPRMF.from_data(data), data, epochs=1, devices=3)


def test_each_of_several_has_a_device_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_device("auto", 1) == "auto"
    assert own_device("cpu", 2) == "cpu"
    chosen: list[str] = []
    monkeypatch.setenv("LOCAL_RANK", "3")
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert own_device("auto", 4) == own_device("cuda", 4) == "cuda:3"
    assert chosen == ["cuda:3", "cuda:3"]
