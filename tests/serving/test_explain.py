"""What carries a score sums up to it, exactly where the model is linear."""

from __future__ import annotations

import pyarrow as pa
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec import models
from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.models import BPRMF, VBPR, LightGCN, Recommender
from pygmmrec.models.closed import ClosedForm
from pygmmrec.serving import Explanation, Parts, Served
from pygmmrec.serving.explain import explain
from pygmmrec.typing import INTERACTS

NAMES = [name for name in models.__all__ if name != "Recommender"]
CLOSED = [name for name in NAMES if issubclass(getattr(models, name), ClosedForm)]
LINEAR = ["BM3", "BPRMF", "CRANE", "FREEDOM", "LATTICE", "LightGCN"]


def ask(model: Recommender, data: HeteroData, user: int, item: int) -> Explanation:
    rec = Served(model, data)
    return rec.explain(rec.users.ids.ids[user], rec.items.ids.ids[item])


def values(table: pa.Table, part: str) -> list[float]:
    parts = zip(table["part"].to_pylist(), table["score"].to_pylist(), strict=True)
    return [score for name, score in parts if name == part]


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_form_says_that_it_is_not_explained(name: str, named: HeteroData) -> None:
    kind = getattr(models, name)
    data = kind.prepare(named)
    model = kind.from_data(data)
    model.fit_closed(data)
    with pytest.raises(ValueError, match=f"a trained one in 'explain' .*{name}"):
        ask(model, data, 3, 5)


@pytest.mark.parametrize("name", [name for name in NAMES if name not in CLOSED])
def test_parts_sum_up_to_the_score_and_say_whether_all_is_told(name: str, named: HeteroData) -> None:
    kind = getattr(models, name)
    data = kind.prepare(named)
    model = kind.from_data(data, embedding_dim=8, seed=0)
    found = ask(model, data, 3, 5)
    with eval_mode(model):
        score = float(model.score(model(data), torch.tensor([3]))[0, 5])
    assert found.score == pytest.approx(score, rel=1e-5, abs=1e-6)
    assert isinstance(found.items, Parts)
    for parts in (found.items, found.modalities):
        scores = parts.table["score"].to_pylist()
        assert sum(scores) == pytest.approx(found.score, rel=1e-6)
        assert parts.exact == (abs(scores[-1]) <= 1e-5 * sum(map(abs, scores[:-1])))
        assert parts.table["part"][-1].as_py() == "rest"
    assert found.items.exact or name not in LINEAR


def test_each_item_carries_what_is_lost_without_its_row(named: HeteroData) -> None:
    data = LightGCN.prepare(named)
    model = LightGCN.from_data(data, embedding_dim=8, seed=0).double()
    user, item = 3, 5
    table = ask(model, data, user, item).items.table
    with torch.no_grad():
        before = model.eval()(data)
        own = data[INTERACTS].edge_index[1, data[INTERACTS].edge_index[0] == user]
        lost = {}
        for index in own.tolist():
            row = model.item_embedding.weight[index].clone()
            model.item_embedding.weight[index] = 0
            lost[index] = float((before.user[user] - model(data).user[user]) @ before.item[item])
            model.item_embedding.weight[index] = row
    ids = data["item"].raw_id.ids
    expected = sorted(((value, ids[index]) for index, value in lost.items()), reverse=True)
    assert values(table, "item") == pytest.approx([value for value, _ in expected])
    assert table["item"].to_pylist()[: len(own)] == [raw for _, raw in expected]
    titles = data["item"].info.title
    assert table["title"].to_pylist()[: len(own)] == [titles[ids.index(raw)] for _, raw in expected]
    assert table["item"].to_pylist()[len(own) :] == [None] * 4


def test_without_propagation_the_user_carries_all(named: HeteroData) -> None:
    data = BPRMF.prepare(named)
    found = ask(BPRMF.from_data(data, embedding_dim=8), data, 3, 5)
    assert values(found.items.table, "user") == pytest.approx([found.score])
    assert set(values(found.items.table, "item")) == {0.0}
    assert found.items.exact
    assert found.modalities.exact
    assert values(found.modalities.table, "embeddings") == pytest.approx([found.score])


def test_modalities_of_a_model_that_is_linear_in_them(named: HeteroData) -> None:
    data = VBPR.prepare(named)
    model = VBPR.from_data(data, embedding_dim=4, seed=0)
    found = ask(model, data, 3, 5)
    parts = {name: values(found.modalities.table, name)[0] for name in ("visual", "text")}
    with torch.no_grad():
        whole = float(model.eval().score(model(data), torch.tensor([3]))[0, 5])
        for name, part in parts.items():
            blind = data.clone()
            blind["item"][name] = torch.zeros_like(data["item"][name])
            without = float(model.score(model(blind), torch.tensor([3]))[0, 5])
            assert part == pytest.approx(whole - without, abs=1e-5)
    assert found.modalities.exact


def test_a_user_without_items(named: HeteroData) -> None:
    data = LightGCN.prepare(named)
    rec = Served(LightGCN.from_data(data, embedding_dim=8, seed=0), data)
    found = explain(rec.model, data, 0, 1, torch.tensor([], dtype=torch.int64), rec.items)
    assert found.items.table["part"].to_pylist() == ["other items", "user", "other users", "rest"]
    assert found.items.exact
