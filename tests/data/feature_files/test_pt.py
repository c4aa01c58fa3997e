"""Files of torch: tensors and ids, never other objects."""

import random
from contextlib import suppress
from pathlib import Path

import pytest
import torch

from pygmmrec.data import IdMap, read_features
from pygmmrec.data.feature_files.pt import read_pt

MATRIX = torch.arange(60.0).view(12, 5)


class Bomb:
    """Fails a test that unpickles it."""

    def __reduce__(self) -> tuple:
        return (pytest.fail, ("unpickled",))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_a_tensor_alone_and_in_a_dict(tmp_path: Path, dtype: torch.dtype) -> None:
    path, matrix = tmp_path / "text_feat.pt", MATRIX.to(dtype)
    for content in (matrix, {"features": matrix}, torch.nn.Parameter(matrix)):
        torch.save(content, path)
        assert torch.equal(read_pt(path, "text").values, matrix)
        assert read_features(path).values.dtype == dtype


@pytest.mark.parametrize("ids", [[f"item {n}" for n in range(12)], torch.arange(12).flip(0)])
def test_ids_of_the_rows(tmp_path: Path, ids) -> None:
    path = tmp_path / "text_feat.pt"
    torch.save({"features": MATRIX, "ids": ids}, path)
    assert read_features(path).ids == IdMap(ids)


def test_a_sparse_tensor_becomes_dense(tmp_path: Path) -> None:
    path = tmp_path / "words_feat.pt"
    torch.save(torch.eye(4).to_sparse(), path)
    assert torch.equal(read_features(path).values, torch.eye(4))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([1.0, 2.0], r"'path' needs to be a .pt file of one tensor .*list in .*t.pt.*torch.save"),
        ({"a": MATRIX, "b": MATRIX}, r"a file of one matrix.*\['a', 'b'\]"),
        (MATRIX.long(), "'text' needs to be a floating-point matrix"),
        (Bomb(), r"a .pt file of numbers, not of pickled objects in 'read_features' .*t.pt"),
        ({"features": MATRIX, "extra": Bomb()}, "not of pickled objects"),
    ],
)
def test_other_contents_are_errors(tmp_path: Path, content, message: str) -> None:
    torch.save(content, tmp_path / "t.pt")
    with pytest.raises(ValueError, match=message):
        read_pt(tmp_path / "t.pt", "text")


def test_any_damage_is_a_clear_error_or_harmless(tmp_path: Path) -> None:
    path = tmp_path / "t.pt"
    torch.save(MATRIX, path)
    whole, rng = path.read_bytes(), random.Random(0)
    for _ in range(200):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        path.write_bytes(damaged if rng.random() < 0.8 else damaged[: rng.randrange(len(damaged))])
        with suppress(ValueError):  # and nothing else
            assert read_pt(path, "text").values.numel() > 0


def test_a_flipped_byte_of_a_value_is_not_believed(tmp_path: Path) -> None:
    values = torch.arange(60.0).reshape(12, 5)
    torch.save(values, tmp_path / "a.pt")
    raw = (tmp_path / "a.pt").read_bytes()
    place = raw.index(values.numpy().tobytes()) + 50
    (tmp_path / "a.pt").write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
    with pytest.raises(ValueError, match=r"'path' needs to be a complete \.pt file .*a\.pt.*damaged"):
        read_pt(tmp_path / "a.pt", "x")
