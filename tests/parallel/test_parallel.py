"""The room as a whole: every model, trained by two processes that share its tables."""

import sys
from collections.abc import Callable
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parent))

from two_ranks import EPOCHS, all_models, train

CLOSE = 1e-6


def test_every_model_trains_and_goes_on_as_one_process(
    tmp_path: Path, start_ranks: Callable[..., Callable[[], None]]
) -> None:
    train("LightGCN", 1, EPOCHS - 1, tmp_path / "from-one")
    wait = start_ranks()
    expected = {name: train(name, 1, EPOCHS) for name in all_models()}
    wait()
    wrong = []
    for name, (weights, _) in expected.items():
        first, second = (torch.load(tmp_path / f"{name}-{rank}.pt") for rank in range(2))
        assert first.pop("loss") == second.pop("loss")
        resumed, _ = train(name, 1, EPOCHS, tmp_path / f"{name}-interrupted")
        for key, weight in weights.items():
            assert first[key].equal(second[key]), f"the ranks of {name} differ in {key}"
            for way, found in (("two ranks", first[key]), ("two ranks, then one", resumed[key])):
                if not torch.allclose(found, weight, rtol=CLOSE, atol=CLOSE):
                    wrong.append(f"{name}, {way}: {key} by {(found - weight).abs().max():.1e}")
    assert not wrong
    weights, _ = expected["LightGCN"]
    _, watched = train("LightGCN", 1, EPOCHS, tmp_path / "watched-by-one", monitor="recall@5")
    for rank in range(2):
        others = torch.load(tmp_path / f"others-{rank}.pt")
        torch.testing.assert_close(others["weights"], dict(weights), rtol=CLOSE, atol=CLOSE)
        assert others["valid"] == [entry["valid"] for entry in watched.history]
        assert others["best"] == watched.best_epoch
