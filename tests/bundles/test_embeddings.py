from pathlib import Path

import pytest
import torch

from pygmmrec.bundles.embeddings import EMBEDDINGS, load_embeddings, made_from, save_embeddings
from pygmmrec.typing import Embeddings

CONFIG = {"num_users": 3, "num_items": 4}
FILES = {"model.safetensors": {"sha256": "a", "size": 1}, "graph.json": {"sha256": "b", "size": 2}}


def test_they_come_back_to_the_last_bit(tmp_path: Path) -> None:
    both = torch.randn(7, 2, dtype=torch.float64)
    out = Embeddings(both[:3], both[3:].t().contiguous().t())  # one memory, and another order of it
    digest = made_from(CONFIG, FILES)
    assert save_embeddings(tmp_path, out, digest) == tmp_path / EMBEDDINGS
    found = load_embeddings(tmp_path, digest)
    assert found is not None
    assert torch.equal(found.user, out.user)
    assert torch.equal(found.item, out.item)


@pytest.mark.parametrize("change", ["config", "weights", "graph"])
def test_those_of_something_else_are_none(change: str, tmp_path: Path) -> None:
    save_embeddings(tmp_path, Embeddings(torch.ones(3, 2), torch.ones(4, 2)), made_from(CONFIG, FILES))
    config = {**CONFIG, "num_layers": 2} if change == "config" else CONFIG
    name = {"weights": "model.safetensors", "graph": "graph.json", "config": ""}[change]
    files = {key: {**told, "sha256": "c"} if key == name else told for key, told in FILES.items()}
    assert load_embeddings(tmp_path, made_from(config, files)) is None


def test_its_own_digest_is_not_among_them() -> None:
    assert made_from(CONFIG, {**FILES, EMBEDDINGS: {"sha256": "d", "size": 3}}) == made_from(CONFIG, FILES)


def test_where_there_are_none(tmp_path: Path) -> None:
    assert load_embeddings(tmp_path, made_from(CONFIG, FILES)) is None
    (tmp_path / EMBEDDINGS).write_bytes(b"no tensors")
    with pytest.raises(ValueError, match="a complete safetensors file"):
        load_embeddings(tmp_path, made_from(CONFIG, FILES))
