from pathlib import Path

import pytest

from pygmmrec.data.feature_files.contents import Contents, check_is_file, damaged, named_contents


def test_one_matrix_of_any_name_and_its_ids() -> None:
    assert named_contents({"values": 1}, "a.npz") == Contents(1)
    assert named_contents({"ids": 2, "emb": 1}, "a.npz") == Contents(1, 2)
    for arrays in ({}, {"ids": 2}, {"a": 1, "b": 2}):
        with pytest.raises(ValueError, match=r"a file of one matrix, and of 'ids' .* in 'a.npz'.*Save each"):
            named_contents(arrays, "a.npz")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'path' needs to be an existing .npy file in 'read_features'"):
        check_is_file(tmp_path, ".npy")


def test_pickles_are_told_from_damage() -> None:
    for reason in ("Object arrays cannot be loaded when allow_pickle=False", "Weights only load failed"):
        error = damaged("a.npy", ".npy", ValueError(reason), "Save it again.")
        assert "a .npy file of numbers, not of pickled objects in 'read_features'" in str(error)
    assert "a complete .pt file in 'read_features' (got 'a.pt': EOFError). Save" in str(
        damaged("a.pt", ".pt", EOFError(), "Save it again.")
    )
