import torch

from pygmmrec.experiment import Protocol
from pygmmrec.experiment.runs.prepare import prepare, training_options
from pygmmrec.experiment.settings.preset import as_preset
from pygmmrec.models import FREEDOM, LightGCN
from pygmmrec.typing import INTERACTS


def test_model_graph_and_options_come_from_the_settings(protocol: Protocol) -> None:
    tables = {"model": {"embedding_dim": 8}, "training": {"lr": 0.01}, "epoch_transform": {"p": 0.5}}
    settings = as_preset(tables)
    model, data, options = prepare(FREEDOM, 3, settings, protocol=protocol, epochs=2)
    assert (type(model), model.config["embedding_dim"]) == (FREEDOM, 8)
    assert "matrix" in data[INTERACTS]
    assert (options["lr"], options["seed"], options["dataset"], options["epochs"]) == (0.01, 3, "tiny", 2)
    assert "0.5" in repr(options["epoch_transform"])
    assert "epochs" not in training_options(FREEDOM, 3, settings, protocol=protocol)


def test_a_seed_draws_the_same_weights(protocol: Protocol) -> None:
    one, two, other = (
        prepare(LightGCN, seed, as_preset({}), protocol=protocol)[0].state_dict() for seed in (1, 1, 2)
    )
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not all(torch.equal(one[name], other[name]) for name in one)
