"""A feature file, its ids and its sidecar go together, whenever a process ends."""

import logging
from pathlib import Path

import numpy as np
import pytest
import torch

from pygmmrec.data import IdMap
from pygmmrec.data.ids_file import ids_path, read_ids
from pygmmrec.data.sidecar import Sidecar
from pygmmrec.encoders import FunctionEncoder
from pygmmrec.encoders.feature_file import FeatureFile
from pygmmrec.encoders.texts import Texts


@pytest.fixture
def file(tmp_path: Path, letters) -> FeatureFile:
    encoder, texts = FunctionEncoder(letters), ["banana", "", "kiwi"]
    return FeatureFile(tmp_path / "text_feat.npy", encoder, Texts(texts), IdMap(["u", "v", "w"]))


def make(file: FeatureFile) -> None:
    file.make(torch.device("cpu"), batch_size=2, progress=False)


def test_it_is_made_once(file: FeatureFile, caplog) -> None:
    assert not file.is_made()
    make(file)
    with caplog.at_level(logging.INFO, logger="pygmmrec"):
        assert file.is_made()
    assert "is there, made on" in caplog.text
    assert np.load(file.path).shape == (3, 2)


def test_ids_that_are_gone_are_written_again(file: FeatureFile) -> None:
    make(file)
    ids_path(file.path).unlink()
    assert file.is_made()
    assert read_ids(file.path) == file.ids


def test_a_model_that_moved_is_the_same_by_its_content(file: FeatureFile, letters) -> None:
    make(file)
    moved = FunctionEncoder(letters, name="elsewhere")
    assert FeatureFile(file.path, moved, file.items, file.ids).is_made()


@pytest.mark.parametrize("step", ["write_ids", "Sidecar.write", "Partial.publish"])
def test_no_file_ever_lies_beside_the_sidecar_of_another(file: FeatureFile, step: str, monkeypatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    make(file)
    other = FeatureFile(file.path, file.encoder, Texts(["a", "b", "c"]), IdMap([1, 2, 3]))
    with monkeypatch.context() as patch:
        patch.setattr(f"pygmmrec.encoders.feature_file.{step}", stopped)
        with pytest.raises(KeyboardInterrupt):
            make(other)
    assert not file.path.exists()
    make(other)
    sidecar = Sidecar.of(file.path)
    assert sidecar is not None
    sidecar.check(file.path)
    sidecar.check_ids([1, 2, 3])
    assert read_ids(file.path) == other.ids
    assert len(list(file.path.parent.iterdir())) == 3
