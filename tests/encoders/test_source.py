"""A model by its name, its folder or itself."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from torch import nn

from pygmmrec.encoders.source import Source, commit_of


def source(model: object, revision: str | None = None, pooling: str | None = None) -> Source:
    return Source(model, revision, {"pooling": pooling}, "TextEncoder")


def test_a_name_has_the_revision_that_was_asked_for() -> None:
    named = source("all-MiniLM-L6-v2", "v1", "cls")
    assert (named.name, named.folder, named.loaded) == ("all-MiniLM-L6-v2", None, None)
    assert named.revision == named.asked == "v1"
    assert source("user/model").revision is None


def test_a_folder_is_told_by_its_content_wherever_it_lies(tmp_path: Path) -> None:
    revisions = set()
    for place in ("here", "there"):
        folder = tmp_path / place / "user" / "model"
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
        for given in (folder, str(folder)):
            found = source(given)
            assert (found.name, found.folder) == ("user/model", folder)
            revisions.add(found.revision)
    assert len(revisions) == 1
    assert revisions.pop().startswith("sha256:")


def test_a_module_is_told_by_its_weights() -> None:
    module = nn.Linear(1, 1)
    found = source(module)
    assert found.loaded is module
    assert found.name == "torch.nn.modules.linear.Linear"
    assert str(found.revision).startswith("sha256:")


@pytest.mark.parametrize(
    ("model", "arguments", "message"),
    [
        ("", {}, "a name, a folder or a loaded model"),
        (7, {}, "a name, a folder or a loaded model"),
        (Path("gone"), {}, "'model' needs to be an existing folder"),
        ("./gone", {}, "'model' needs to be an existing folder"),
        ("/gone", {}, "'model' needs to be an existing folder"),
        (".", {"revision": "v1"}, "'revision' needs to be None"),
        (nn.Identity(), {"revision": "v1"}, "'revision' needs to be None"),
        (nn.Identity(), {"pooling": "cls"}, "'pooling' needs to be None for a loaded model"),
    ],
)
def test_what_does_not_go_together_is_an_error(model, arguments, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        source(model, **arguments)


def test_a_commit_is_found_in_the_configuration_of_a_part() -> None:
    module = nn.Sequential(nn.Identity(), nn.Identity())
    assert commit_of(module) is None
    module[1].config = SimpleNamespace(_commit_hash="abc")
    assert commit_of(module) == "abc"
