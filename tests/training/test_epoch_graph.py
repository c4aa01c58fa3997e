import logging
from typing import Any

import pytest
from torch_geometric.data import HeteroData

from pygmmrec.models import CRANE, FREEDOM, LightGCN
from pygmmrec.training.epoch_graph import draw_graph, own_epoch_transform
from pygmmrec.transforms import DropEdge
from pygmmrec.typing import INTERACTS


def test_epoch_transforms(toy_data, caplog: pytest.LogCaptureFixture) -> None:
    model, plain = FREEDOM.from_data(toy_data()), LightGCN.from_data(toy_data())
    given = DropEdge(0.2)
    assert own_epoch_transform(given, model) is given
    with caplog.at_level(logging.INFO, logger="pygmmrec"):
        assert own_epoch_transform(None, plain) is None
        assert own_epoch_transform("default", plain) is None
        assert caplog.text == ""
        assert own_epoch_transform(None, model) is None
        assert (
            "'epoch_transform=None': training on the whole graph, without FREEDOM.epoch_trans" in caplog.text
        )
        assert "AdaptiveDropEdge" in repr(own_epoch_transform("default", model))


@pytest.mark.parametrize(
    ("given", "remedy"),
    [
        (FREEDOM.epoch_transform, r"Call it: epoch_transform=FREEDOM\.epoch_transform\(\)"),
        (CRANE.epoch_transform, r"Call it: epoch_transform=CRANE\.epoch_transform\(\)"),
        (DropEdge, r"Call it: epoch_transform=DropEdge\(\)"),
        (lambda data: data, "Derive it from BaseTransform"),
        ("none", "is the default"),
        (True, "is the default"),
        (HeteroData(), "is the default"),
    ],
)
def test_what_is_no_epoch_transform(toy_data, given: Any, remedy: str) -> None:
    model = FREEDOM.from_data(toy_data())
    with pytest.raises(ValueError, match=r"'epoch_transform' needs to be a transform, .*" + remedy):
        own_epoch_transform(given, model)


def test_what_an_epoch_trains_on(prepared: HeteroData) -> None:
    whole = draw_graph(None, prepared)
    whole["item"].new = 1
    assert "new" not in prepared["item"]
    thinned = draw_graph(DropEdge(0.5), prepared)
    assert thinned[INTERACTS].num_edges < prepared[INTERACTS].num_edges
    with pytest.raises(ValueError, match="'epoch_transform' needs to be one that returns a graph"):
        draw_graph(lambda data: None, prepared)  # type: ignore[arg-type,return-value]
