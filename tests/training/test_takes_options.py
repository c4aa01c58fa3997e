import inspect

import pytest
from torch_geometric.data import HeteroData

from pygmmrec.models import LightGCN
from pygmmrec.models.recommender import Recommender
from pygmmrec.training import Options
from pygmmrec.training.takes_options import takes_options


class Taker:
    @takes_options(Options)
    def take(self, model: Recommender, data: "HeteroData", options: "Options") -> tuple[str, float]:
        """Takes."""
        return type(model).__name__, options.lr


def test_options_by_name_become_one_object(prepared: HeteroData) -> None:
    model = LightGCN.from_data(prepared)
    assert Taker().take(model, prepared, lr=0.5) == ("LightGCN", 0.5)
    assert Taker().take(model=model, data=prepared) == ("LightGCN", 1e-3)
    assert list(inspect.signature(Taker.take).parameters)[:4] == ["self", "model", "data", "epoch_transform"]
    assert Taker.take.__doc__ == "Takes."


def test_an_unknown_option_names_the_nearest(prepared: HeteroData) -> None:
    with pytest.raises(TypeError, match=r"'Taker' takes no argument 'epoch'\. Did you mean 'epochs'\?"):
        Taker().take(LightGCN.from_data(prepared), prepared, epoch=3)
