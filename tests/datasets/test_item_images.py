"""Which image is whose."""

from pathlib import Path

import pytest

from pygmmrec.data import IdMap, NodeInfo
from pygmmrec.datasets.item_images import item_images

IDS = IdMap(["a", "b"])


def test_by_name_and_by_column(tmp_path: Path) -> None:
    (tmp_path / "b.jpg").touch()
    (tmp_path / ".hidden").touch()
    assert item_images(tmp_path, IDS, None, Path()) == [None, tmp_path / "b.jpg"]
    info = NodeInfo({"cover": ["x.png", None]})
    assert item_images("cover", IDS, info, tmp_path) == [tmp_path / "x.png", None]
    with pytest.raises(ValueError, match="'images' needs to be a folder"):
        item_images("cover", IDS, None, tmp_path)
