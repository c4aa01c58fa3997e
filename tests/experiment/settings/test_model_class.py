import pytest

from pygmmrec.experiment.settings.model_class import NAMES, arguments, is_shipped, model_class
from pygmmrec.models import CRANE, LightGCN


class Mine(LightGCN):
    """A user's own."""


def test_a_model_by_its_name_or_class() -> None:
    assert model_class("CRANE") is CRANE
    assert model_class(Mine) is Mine
    assert is_shipped(CRANE)
    assert not is_shipped(Mine)
    assert "Recommender" not in NAMES
    with pytest.raises(ValueError, match="'model' needs to be one of"):
        model_class("SVD")
    with pytest.raises(ValueError, match="a subclass of Recommender"):
        model_class(int)


def test_what_a_table_may_say() -> None:
    assert {"num_layers", "embedding_dim"} <= set(arguments(LightGCN, "model"))
    assert {"lr", "epochs"} <= set(arguments(LightGCN, "training"))
    assert "p" in arguments(CRANE, "epoch_transform")
