"""A sidecar says where features come from, and knows the file and the ids that it belongs to."""

from dataclasses import FrozenInstanceError, replace
from pathlib import Path

import numpy as np
import pytest

from pygmmrec.data.ids import IdMap
from pygmmrec.data.sidecar import Sidecar
from pygmmrec.graph.raw_ids import digest, ids_as_json
from pygmmrec.utils.files import sha256_of

IDS = IdMap(["b", "a", "é"])


@pytest.fixture
def features(tmp_path: Path) -> Path:
    path = tmp_path / "text_feat.npy"
    np.save(path, np.arange(6, dtype=np.float32).reshape(3, 2))
    return path


@pytest.fixture
def sidecar(features: Path) -> Sidecar:
    with open(features, "rb") as file:
        sha256 = sha256_of(file)
    return Sidecar(
        kind="text",
        model="all-MiniLM-L6-v2",
        revision=None,
        settings={"template": None, "normalize": False},
        found={"pooling": "mean"},
        versions={"torch": "2.13.0"},
        device="cpu",
        batch_size=64,
        count=3,
        row_shape=[2],
        ids=digest(ids_as_json(IDS.ids)),
        content="00",
        num_missing=1,
        missing=["é"],
        date="2026-01-01T00:00:00+00:00",
        sha256=sha256,
    )


def test_comes_back_as_it_was_written(sidecar: Sidecar, features: Path) -> None:
    assert Sidecar.of(features) is None
    sidecar.write(features)
    assert Sidecar.path(features) == features.parent / "text_feat.json"
    assert Sidecar.of(features) == sidecar
    with pytest.raises(FrozenInstanceError):
        sidecar.count = 4  # type: ignore[misc]


def test_its_own_file_and_ids_pass(sidecar: Sidecar, features: Path) -> None:
    sidecar.check(features)
    sidecar.check_ids(IDS.ids)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.zeros((3, 2), dtype=np.float32), "changed or damaged"),
        (np.zeros((4, 2), dtype=np.float32), r"float32 matrix \[3, 2\].*\[4, 2\]"),
        (np.arange(6.0).reshape(3, 2), "float64"),
    ],
)
def test_another_file_does_not(sidecar: Sidecar, features: Path, matrix: np.ndarray, message: str) -> None:
    np.save(features, matrix)
    with pytest.raises(ValueError, match=message):
        sidecar.check(features)


def test_a_file_that_is_cut_off_or_gone_does_not(sidecar: Sidecar, features: Path) -> None:
    features.write_bytes(features.read_bytes()[:-1])
    with pytest.raises(ValueError, match=r"complete \.npy file"):
        sidecar.check(features)
    features.unlink()
    with pytest.raises(ValueError, match=r"existing \.npy file"):
        sidecar.check(features)


@pytest.mark.parametrize("ids", [["a", "b", "é"], ["b", "a"], range(3)])
def test_other_ids_do_not(sidecar: Sidecar, ids: list[str]) -> None:
    with pytest.raises(ValueError, match="the 3 ids that the rows were made for"):
        sidecar.check_ids(ids)


def test_a_damaged_sidecar_is_an_error(sidecar: Sidecar, features: Path) -> None:
    sidecar.write(features)
    text = Sidecar.path(features).read_text(encoding="utf-8")
    other = text.replace("all-MiniLM-L6-v2", "all-MiniLM-L4-v2")  # of the right form, and never written
    for damaged in (
        other,
        text[:-9],
        text.replace('"kind"', '"kin"'),
        text.replace('"count": 3', '"count": "3"'),
    ):
        Sidecar.path(features).write_text(damaged, encoding="utf-8")
        with pytest.raises(ValueError, match=r"text_feat\.json"):
            Sidecar.of(features)


def test_a_number_that_json_has_not_is_refused(sidecar: Sidecar, features: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        replace(sidecar, found={"mean": float("nan")}).write(features)
    assert Sidecar.of(features) is None
