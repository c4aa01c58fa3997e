"""Examples run; those that train are run by `.ci/run`, all of them."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
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


@pytest.mark.parametrize("pooled", [False, True])
def test_tokens_and_maps_are_trained_on_as_such_or_averaged_first(tmp_path: Path, pooled: bool) -> None:
    items, rng = 30, np.random.default_rng(0)
    lines = [f"{user}\t{item}\t{item % 3}" for user in range(12) for item in rng.permutation(items)[:9]]
    (tmp_path / "mine.inter").write_text("\n".join(["userID\titemID\tx_label", *lines]))
    np.save(tmp_path / "text_feat.npy", rng.normal(size=(items, 20, 4)).astype(np.float32))
    np.save(tmp_path / "image_feat.npy", rng.normal(size=(items, 6, 7, 7)).astype(np.float32))
    command = [sys.executable, str(EXAMPLES / "train_mambarec_places.py"), "--root", str(tmp_path)]
    command += ["--epochs", "1", "--output", str(tmp_path / "run"), *(["--pool"] if pooled else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = [layout for layout in ("nodes", "tokens", "maps") if f"layout='{layout}'" in done.stdout]
    assert found == (["nodes"] if pooled else ["tokens", "maps"])
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["config"]["model"]["layouts"] == ({} if pooled else {"text": "tokens", "image": "maps"})
