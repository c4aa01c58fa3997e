from pathlib import Path

import numpy as np
import pytest
import torch

from pygmmrec.data.feature_files.read import READERS, read_feature_file


def test_the_suffix_says_what_a_file_is(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones((2, 3)))
    torch.save(torch.ones(2, 3), tmp_path / "b.PT")
    for name in ("a.npy", "b.PT"):
        assert tuple(read_feature_file(tmp_path / name, "text").values.shape) == (2, 3)
    with pytest.raises(
        ValueError, match=r"a file of the kinds .npy, .pt, .npz, .safetensors, .parquet .*'c.h5'"
    ):
        read_feature_file("c.h5", "text")


@pytest.mark.parametrize("suffix", READERS)
def test_a_missing_file_and_a_folder_are_named(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    for _ in range(2):
        with pytest.raises(ValueError, match=rf"'path' needs to be an existing {suffix} file .*a{suffix}"):
            read_feature_file(path, "text")
        path.mkdir(exist_ok=True)
