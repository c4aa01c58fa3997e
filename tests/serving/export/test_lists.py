"""All users' lists are what the model recommends, in parts of whole users."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import torch

from pygmmrec.models import DGVAE
from pygmmrec.serving import Served
from pygmmrec.serving.export import lists
from pygmmrec.serving.export.lists import write_lists


def test_parts_are_the_lists_of_all_users(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "BLOCK", 10)
    options: dict[str, Any] = {"filter": {"in_stock": True}, "exclude": "all"}
    folder = served.export_lists(tmp_path / "out", 4, users_per_part=25, progress=False, **options)
    wanted = served.recommend([f"u{n}" for n in range(60)], 4, **options)
    assert pq.read_table(folder / "lists").drop("score") == wanted.drop("score")
    parts = sorted((folder / "lists").iterdir())
    assert [part.name for part in parts] == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
    of_part = [pq.ParquetFile(part) for part in parts]
    assert [len(part.read()["user"].unique()) for part in of_part] == [25, 25, 10]
    assert [part.num_row_groups for part in of_part] == [3, 3, 1]
    told = json.loads((folder / "export.json").read_text())
    assert (told["rows"], told["k"], told["exclude"]) == (wanted.num_rows, 4, "all")
    assert told["columns"] == wanted.column_names


def test_few_users_are_asked_at_a_time(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "BLOCK", 8)
    asked: list[int] = []

    def some(index: torch.Tensor) -> Any:
        asked.append(index.numel())
        return served.recommend([f"u{n}" for n in index.tolist()], 2)

    told = {"model": "M", "num_users": 60, "num_items": 80, "k": 2, "exclude": "train"}
    write_lists(tmp_path / "out", some, 60, told, users_per_part=20, overwrite=False, progress=False)
    assert asked == [8, 8, 4] * 3


def test_any_model_has_lists(named: Any, tmp_path: Path) -> None:
    data = DGVAE.prepare(named)
    rec = Served(DGVAE.from_data(data, seed=0), data)
    folder = rec.export_lists(tmp_path / "out", 3, exclude=None, progress=False)
    wanted = rec.recommend([f"u{n}" for n in range(60)], 3, exclude=None)
    assert pq.read_table(folder / "lists")["item"] == wanted["item"]


@pytest.mark.parametrize("option", ["k", "users_per_part"])
def test_what_is_refused(option: str, served: Served, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=f"'{option}' needs to be at least 1"):
        served.export_lists(tmp_path / "out", **{option: 0})
    assert list(tmp_path.iterdir()) == []
