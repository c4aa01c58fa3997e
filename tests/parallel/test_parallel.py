"""The room as a whole: every model, trained by two processes that share its tables."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from two_ranks import EPOCHS, all_models, train

CLOSE = 1e-6


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(["LightGCN", "CRANE", "MGCN"], id="some"),
        pytest.param(all_models(), id="all", marks=pytest.mark.ranks),
    ],
)
def test_models_train_and_go_on_as_one_process(
    tmp_path: Path, start_ranks: Callable[..., Callable[[], None]], names: list[str]
) -> None:
    train("LightGCN", 1, EPOCHS - 1, tmp_path / "from-one")
    wait = start_ranks(*names)
    expected = {name: train(name, 1, EPOCHS) for name in names}
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


def test_two_hosts_train_as_one_process(tmp_path: Path, two_hosts: tuple[str, str]) -> None:
    """By torchrun, which has to find the other host by its address."""
    hosts = [
        subprocess.Popen(
            ["ip", "netns", "exec", name, sys.executable, "-m", "torch.distributed.run", "--nnodes=2",
             f"--node-rank={host}", "--nproc-per-node=1", "--master-addr=10.77.0.1", "--master-port=29400",
             str(Path(__file__).with_name("two_ranks.py")), str(tmp_path), "LightGCN"],
            env={**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": f"cable{host}"},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        for host, name in enumerate(two_hosts)
    ]  # fmt: skip
    expected, _ = train("LightGCN", 1, EPOCHS)
    said = [host.communicate(timeout=600)[0] for host in hosts]
    assert [host.returncode for host in hosts] == [0, 0], "\n".join(text[-3000:] for text in said)
    for rank in range(2):
        found = torch.load(tmp_path / f"LightGCN-{rank}.pt")
        for name, weight in expected.items():
            torch.testing.assert_close(found[name], weight, rtol=CLOSE, atol=CLOSE)
