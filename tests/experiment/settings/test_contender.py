import pytest

from pygmmrec.experiment.settings.contender import Contender, contender
from pygmmrec.experiment.settings.preset import as_preset, preset
from pygmmrec.experiment.settings.space import as_space, space
from pygmmrec.models import BPRMF, LightGCN


class Mine(LightGCN):
    """A user's own."""


def test_a_model_of_the_package_has_its_files() -> None:
    assert contender("BPRMF", "tiktok") == Contender(BPRMF, preset("BPRMF", "tiktok"), space("BPRMF"))
    assert contender("BPRMF", "mine", preset="tiktok", searched=False).preset == preset("BPRMF", "tiktok")
    assert contender("BPRMF", "mine", searched=False) == Contender(BPRMF, as_preset({}))
    assert contender("BPRMF", "mine", preset={"BPRMF": "tiktok"}).preset == preset("BPRMF", "tiktok")


def test_a_model_of_ones_own_has_mappings() -> None:
    tables = {"training": {"lr": {"log": [1e-4, 1e-2]}}}
    made = contender(Mine, "mine", preset={"Mine": {"model": {"num_layers": 1}}}, space={"Mine": tables})
    assert (made.name, made.preset["model"], made.space) == ("Mine", {"num_layers": 1}, as_space(tables))
    assert contender(Mine, "mine", space={"Mine": as_space(tables)}).space == as_space(tables)
    with pytest.raises(ValueError, match="'space' needs to be given for the model 'Mine', which is searched"):
        contender(Mine, "mine")


def test_a_class_that_is_only_named_like_one_of_the_package_has_no_files() -> None:
    other = type("LightGCN", (LightGCN,), {})
    assert contender(other, "tiktok", searched=False).preset == as_preset({})
