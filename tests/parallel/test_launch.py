import pytest

from pygmmrec.models import BPRMF
from pygmmrec.parallel.launch import check_one_process
from pygmmrec.testing import toy_data
from pygmmrec.training import fit


def test_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    check_one_process("here")
    monkeypatch.setenv("WORLD_SIZE", "1")
    check_one_process("here")


def test_several_would_each_train_on_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    data = toy_data()
    model = BPRMF.from_data(data)
    before = model.user_embedding.weight.clone()
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(ValueError, match=r"'WORLD_SIZE' needs to be 1, .* \(got '4'\).*start one"):
        fit(model, data, epochs=1)
    assert model.user_embedding.weight.equal(before)
