from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from pygmmrec.data import IdMap, read_features
from pygmmrec.data.feature_files import safetensors
from pygmmrec.data.feature_files.safetensors import read_safetensors

MATRIX = torch.arange(60.0).view(12, 5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_a_tensor_and_the_ids_of_its_rows(tmp_path: Path, dtype: torch.dtype) -> None:
    path, matrix = tmp_path / "text_feat.safetensors", MATRIX.to(dtype)
    save_file({"emb": matrix}, path)
    assert torch.equal(read_features(path).values, matrix)
    assert read_features(path).ids is None
    save_file({"emb": matrix, "ids": torch.arange(12).flip(0)}, path)
    assert read_features(path).ids == IdMap(range(11, -1, -1))


@pytest.mark.parametrize("mapped", [False, True])
def test_the_file_may_change_afterwards_unless_it_is_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapped: bool
) -> None:
    path = tmp_path / "text_feat.safetensors"
    save_file({"emb": MATRIX}, path)
    before = path.read_bytes()
    monkeypatch.setattr(safetensors, "MAPPED", 1 if mapped else 1 << 30)
    values = read_safetensors(path, "text").values
    values[:] = 7.0
    assert path.read_bytes() == before
    if not mapped:
        path.write_bytes(bytes(len(before)))
        assert bool((values == 7.0).all())


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"a": MATRIX, "b": 2 * MATRIX}, r"a file of one matrix.*\['a', 'b'\]"),
        ({"a": MATRIX.long()}, "'text' needs to be a floating-point matrix"),
    ],
)
def test_other_contents_are_errors(tmp_path: Path, tensors: dict, message: str) -> None:
    save_file(tensors, tmp_path / "t.safetensors")
    with pytest.raises(ValueError, match=message):
        read_safetensors(tmp_path / "t.safetensors", "text")


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[:-1], lambda raw: raw[:5], lambda raw: b"", lambda raw: b"x" * 99]
)
def test_a_damaged_file_is_a_clear_error(tmp_path: Path, damage) -> None:
    path = tmp_path / "t.safetensors"
    save_file({"a": MATRIX}, path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ValueError, match=r"a complete .safetensors file in 'read_features' .*t.safetensors"):
        read_safetensors(path, "text")
