"""A model that has grown lives on in a bundle, which says where it comes from."""

from pathlib import Path

import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.bundles.manifest import Manifest
from pygmmrec.models import FREEDOM, LightGCN
from pygmmrec.serving import Served, load
from pygmmrec.serving.save import Past, save
from pygmmrec.training import fit

QUICK = {"epochs": 1, "batch_size": 64, "lr": 1e-2, "device": "cpu", "progress": False}


def grown(rec: Served) -> Served:
    """With two more users, and three more items of random features."""
    more = rec.add_users((["ada", "ada", "bob"], [1000, 1003, 1006]))
    draw = torch.Generator().manual_seed(0)
    features = {
        key: (torch.randn(3, rec.data["item"][key].size(1), generator=draw).numpy(), [1, 2, 3])
        for key in ("visual", "text")
    }
    return more.add_items(features, (["bob", "u3"], [1, 2]))


@pytest.fixture(scope="module")
def freedom(named: HeteroData, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "freedom"
    model = FREEDOM.from_data(named, embedding_dim=8, seed=0)
    fit(model, named, output=path, dataset="small", seed=4, valid=None, **QUICK)
    return path


def test_what_has_grown_answers_the_same_from_its_bundle(freedom: Path, tmp_path: Path) -> None:
    more = grown(load(freedom))
    assert more.save(tmp_path / "more") == tmp_path / "more"
    again = load(tmp_path / "more")
    users = ["ada", "bob", "u3"]
    assert again.recommend(users, 20).equals(more.recommend(users, 20))
    assert again.recommend("u0", candidates=[1, 2, 3]).equals(more.recommend("u0", candidates=[1, 2, 3]))
    assert again.recommend_for([1, 1000]).equals(more.recommend_for([1, 1000]))
    assert (len(again.users), len(again.items)) == (62, 83)


def test_lineage_says_where_it_comes_from(freedom: Path, tmp_path: Path) -> None:
    first = Manifest.load(freedom)
    assert first.trained_on == ["train", "valid"]
    grown(load(freedom)).save(tmp_path / "more")
    told = Manifest.load(tmp_path / "more")
    assert (told.dataset, told.seed, told.trained_on) == ("small", 4, ["train", "valid"])
    (parent,) = told.lineage
    assert parent["weights"] == first.files["model.safetensors"]["sha256"]
    assert parent["created"] == first.created
    assert parent["added"] == {"user": 2, "item": 3}
    assert told.data["users"] == 62
    load(tmp_path / "more").add_users((["eve"], [1])).save(tmp_path / "most")
    assert [each["added"] for each in Manifest.load(tmp_path / "most").lineage] == [
        {"user": 2, "item": 3},
        {"user": 1, "item": 0},
    ]


def test_training_goes_on_from_it(freedom: Path, named: HeteroData, tmp_path: Path) -> None:
    more = grown(load(freedom))
    more.save(tmp_path / "more")
    model = FREEDOM.from_data(named, embedding_dim=8, seed=0)
    fit(model, named, start_from=tmp_path / "more", output=tmp_path / "next", **QUICK)
    lineage = Manifest.load(tmp_path / "next").lineage
    assert [sorted(each.keys() & {"added", "kept"}) for each in lineage] == [["added"], ["kept"]]
    assert lineage[1]["kept"] == {"item": 80, "user": 60}


def test_a_model_that_was_never_in_a_bundle(named: HeteroData, tmp_path: Path) -> None:
    data = LightGCN.prepare(named)
    rec = Served(LightGCN.from_data(data, embedding_dim=4, seed=0), data)
    more = rec.add_users((["ada"], [1000]))
    more.save(tmp_path / "new")
    again = load(tmp_path / "new")
    assert again.recommend("ada").equals(more.recommend("ada"))
    assert again.manifest is not None
    assert (again.manifest.dataset, again.manifest.lineage) == ("unnamed", [])


def test_what_is_there_stays(folder: Path, served: Served, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ValueError, match="new, or empty, or an earlier bundle to overwrite"):
        served.save(tmp_path, overwrite=True)
    served.save(tmp_path / "copy")
    with pytest.raises(ValueError, match=r"overwrite=True to replace an earlier bundle"):
        served.save(tmp_path / "copy")
    served.save(tmp_path / "copy", overwrite=True)
    assert load(tmp_path / "copy").recommend("u3").equals(served.recommend("u3"))
    assert Manifest.load(tmp_path / "copy").lineage == Manifest.load(folder).lineage == []
    odd = served.data.clone()
    odd["item"].odd = {1, 2}
    with pytest.raises(ValueError, match=r"'item\.odd' needs to be"):
        save(tmp_path / "odd", served.model, odd, Past(), served.embeddings, overwrite=False)
    assert not (tmp_path / "odd").exists()
