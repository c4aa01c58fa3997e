"""Bundles are replaced in one step, or not at all."""

from pathlib import Path

import pytest

from pygmmrec.serving import Served
from pygmmrec.serving.http.refusal import Refusal
from pygmmrec.serving.http.shelf import Shelf, named


def test_a_folder_is_loaded_again_and_who_has_the_old_one_keeps_it(tmp_path: Path, train) -> None:
    outcomes: list[str] = []
    shelf = Shelf({"a": train(tmp_path / "a", 1)}, reloaded=outcomes.append)
    old = shelf.get("a")
    before = old.recommend([0], 5, "train")
    train(tmp_path / "a", 2)
    assert old is shelf.get(None)
    assert shelf.reload() == ["a"]
    fresh = shelf.get(None)
    assert fresh is not old
    assert old.recommend([0], 5, "train") == before
    assert fresh.recommend([0], 5, "train") != before
    assert fresh.described()["seed"] == 2
    assert outcomes == ["done"]


def test_a_damaged_folder_leaves_all_old_ones(tmp_path: Path, train) -> None:
    outcomes: list[str] = []
    folders = {name: train(tmp_path / name, 1) for name in ("a", "b")}
    shelf = Shelf(folders, reloaded=outcomes.append)
    old = dict(shelf.ready)
    (tmp_path / "b" / "graph.safetensors").write_bytes(b"0" * 100)
    with pytest.raises(Refusal, match=r"The old bundles go on\. .*graph\.safetensors.*damaged") as caught:
        shelf.reload()
    assert caught.value.status == 409
    assert dict(shelf.ready) == old
    assert outcomes == ["failed"]


def test_a_model_that_came_from_no_folder_cannot_be_loaded_again(shop: Served) -> None:
    shelf = Shelf({"shop": shop})
    with pytest.raises(Refusal, match="No bundle was loaded from a folder"):
        shelf.reload()


def test_an_unknown_name_is_told_the_known_ones(shop: Served) -> None:
    with pytest.raises(Refusal, match=r"No bundle has the name 'shelf'\. There are 'shop'"):
        Shelf({"shop": shop}).get("shelf")


def test_no_bundle_is_an_error_before_anything_is_served(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="existing folder"):
        Shelf({"a": tmp_path / "nowhere"})
    with pytest.raises(ValueError, match="at least one bundle"):
        Shelf({})


def test_bundles_are_called_as_their_folders_and_never_alike(shop: Served, tmp_path: Path) -> None:
    assert list(named(tmp_path / "crane")) == ["crane"]
    assert list(named(tmp_path / "a" / "run", tmp_path / "b" / "run")) == ["run", "run 2"]
    assert list(named(shop, tmp_path / "run")) == ["VBPR", "run"]
