"""Examples run; those that train are run by `.ci/run`, all of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from pygmmrec.datasets import SyntheticMultimodal
from pygmmrec.models import LightGCN, MambaRec
from pygmmrec.training import fit

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def test_any_trained_model_can_be_drawn(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    runs = []
    for cls in (LightGCN, MambaRec):
        data = cls.pre_transform()(SyntheticMultimodal()[0])
        runs.append(tmp_path / cls.__name__)
        fit(cls.from_data(data, embedding_dim=8), data, epochs=1, output=runs[-1], dataset="synthetic")
    command = [sys.executable, str(EXAMPLES / "plot_embeddings.py"), "--run", *map(str, runs)]
    command += ["--sample", "60", "--output", str(tmp_path / "drawn")]
    for users in ([], ["--users", "8"]):
        done = subprocess.run([*command, *users], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "drawn" / "embeddings.png").stat().st_size > 10_000
