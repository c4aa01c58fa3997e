"""A served model: what it leaves out, whom it knows, and that many may ask at a time."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pyarrow.compute as pc
import pytest
import torch
from torch_geometric.data import HeteroData

from pygmmrec.models import BPRMF, CRANE, DGVAE, LightGCN
from pygmmrec.serving import Served, load
from pygmmrec.typing import INTERACTS, TEST, VALID, Embeddings

USERS = [f"u{n}" for n in range(60)]


def pairs(table: Any, right: str = "item") -> set[tuple[Any, Any]]:
    return set(zip(table[table.column_names[0]].to_pylist(), table[right].to_pylist(), strict=True))


def of_graph(data: HeteroData, *names: str) -> set[tuple[Any, Any]]:
    users, items = data["user"].raw_id.ids, data["item"].raw_id.ids
    index = torch.cat([data[INTERACTS][name] for name in names], dim=1)
    return {(users[u], items[i]) for u, i in index.t().tolist()}


def test_columns_and_ranks(served: Served) -> None:
    table = served.recommend(["u3", "u1"], 3)
    assert table.column_names == ["user", "rank", "item", "title", "score"]
    assert table["user"].to_pylist() == ["u3"] * 3 + ["u1"] * 3
    assert table["rank"].to_pylist() == [1, 2, 3, 1, 2, 3]
    titles = dict(zip(served.items.ids.ids, served.items.info.title, strict=True))
    assert table["title"].to_pylist() == [titles[item] for item in table["item"].to_pylist()]
    alone = served.recommend("u3", 3)
    assert alone["item"].to_pylist() == table["item"].to_pylist()[:3]
    assert alone["score"].to_pylist() == pytest.approx(table["score"].to_pylist()[:3])
    assert served.recommend("u3").num_rows == 10
    assert served.recommend([]).column_names == table.column_names
    assert served.recommend([]).num_rows == 0


@pytest.mark.parametrize(
    ("exclude", "names"),
    [
        (None, []),
        ("train", ["edge_index"]),
        ("train+val", ["edge_index", VALID]),
        ("all", ["edge_index", VALID, TEST]),
    ],
)
def test_what_is_left_out(served: Served, exclude: Any, names: list[str]) -> None:
    table = served.recommend(USERS, 80, exclude=exclude)
    everything = {(user, item) for user in USERS for item in served.items.ids.ids}
    left_out = of_graph(served.data, *names) if names else set()
    assert pairs(table) == everything - left_out
    assert table.num_rows == len(everything - left_out)
    assert all(score > float("-inf") for score in table["score"].to_pylist())


def test_by_default_training_items_are_left_out(served: Served) -> None:
    assert served.recommend(USERS, 80).equals(served.recommend(USERS, 80, exclude="train"))


def test_candidates_and_filters(served: Served) -> None:
    whole = served.recommend(USERS, 80)
    some = list(served.items.ids.ids[5:25])
    info = served.items.info
    dear = {
        raw for raw, price in zip(served.items.ids.ids, info["price"], strict=True) if price and price > 7
    }
    jazz = set(served.items.ids.ids[::4])
    for options, kept in (
        ({"candidates": some}, set(some)),
        ({"filter": {"genre": "jazz"}}, jazz),
        ({"filter": {"price": lambda price: price > 7}}, dear),
        ({"filter": pc.field("price") > 7}, dear),
        (
            {"candidates": some, "filter": {"price": lambda price: price > 7, "genre": ["jazz"]}},
            dear & jazz & set(some),
        ),
        ({"candidates": []}, set()),
    ):
        table = served.recommend(USERS, 80, **options)
        rows = [row for row in whole.to_pylist() if row["item"] in kept]
        assert pairs(table) == {(row["user"], row["item"]) for row in rows}
        assert [row["score"] for row in rows] == table["score"].to_pylist()
        first = served.recommend(USERS, 2, **options)
        assert first.to_pylist() == [row for row in table.to_pylist() if row["rank"] <= 2]


def test_similar_items_and_users(served: Served) -> None:
    items = served.similar_items([1000, 1003], 4)
    assert items.column_names == ["item", "rank", "similar", "title", "score"]
    assert items["item"].to_pylist() == [1000] * 4 + [1003] * 4
    x = served.embeddings.item.double()
    x = x / x.norm(dim=1, keepdim=True)
    expected = (x[0] @ x.t()).index_fill(0, torch.tensor([0]), -2).topk(4)
    assert items["similar"].to_pylist()[:4] == [1000 + 3 * n for n in expected.indices.tolist()]
    assert items["score"].to_pylist()[:4] == pytest.approx(expected.values.tolist(), abs=1e-6)
    jazz = served.similar_items(1000, 99, filter={"genre": "jazz"}, candidates=range(1000, 1200, 3))
    assert set(jazz["similar"].to_pylist()) == set(range(1012, 1200, 12))
    users = served.similar_users("u1", 3, metric="dot")
    assert users.column_names == ["user", "rank", "similar", "score"]
    expected = (
        (served.embeddings.user[1] @ served.embeddings.user.t()).index_fill(0, torch.tensor([1]), -99).topk(3)
    )
    assert users["similar"].to_pylist() == [f"u{n}" for n in expected.indices.tolist()]


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda rec: rec.recommend(["u1", "nobody"]),
            r"'users' needs to be users of the model .*\['nobody'\]",
        ),
        (lambda rec: rec.recommend("u1", 0), "'k' needs to be at least 1"),
        (lambda rec: rec.recommend("u1", exclude="test"), "'exclude' needs to be"),
        (
            lambda rec: rec.recommend("u1", candidates=[7]),
            r"'candidates' needs to be items of the model .*\[7\]",
        ),
        (lambda rec: rec.recommend("u1", filter={"color": 1}), "'filter' needs to be of columns"),
        (lambda rec: rec.recommend("u1", block_size=0), "'block_size'"),
        (lambda rec: rec.recommend(torch.tensor([1])), "no tensor of indices"),
        (lambda rec: rec.similar_items("x"), r"'items' needs to be items of the model .*\['x'\]"),
        (lambda rec: rec.similar_users(3), "'users' needs to be users of the model"),
        (lambda rec: rec.explain(["u1", "u2"], 1000), "'user' needs to be one raw id"),
        (lambda rec: rec.explain("u1", 7), "'item' needs to be items of the model"),
    ],
)
def test_what_nobody_can_answer_is_an_error(served: Served, ask: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ask(served)


def test_a_graph_without_ids_or_info(toy_data: Any) -> None:
    data = BPRMF.prepare(toy_data(num_modalities=0, dtype=torch.float32))
    rec = Served(BPRMF.from_data(data, embedding_dim=4), data)
    assert rec.manifest is None
    assert rec.recommend(3, 2).column_names == ["user", "rank", "item", "score"]
    items, _ = rec.model.recommend(data, torch.tensor([3]), 2, exclude="train")
    assert rec.recommend(3, 2)["item"].to_pylist() == items[0].tolist()
    with pytest.raises(ValueError, match="a graph with 8 nodes of type 'user'"):
        Served(BPRMF(8, 11), data)
    with pytest.raises(ValueError, match=r"The model comes first: Served\(model, data\)"):
        Served(data, rec.model)  # type: ignore[arg-type]


def test_a_model_that_scores_otherwise(named: HeteroData) -> None:
    data = DGVAE.prepare(named)
    model = DGVAE.from_data(data, embedding_dim=4)
    rec = Served(model, data)
    items, scores = model.recommend(data, ["u1"], 5, exclude="train")
    assert rec.recommend("u1", 5)["item"].to_pylist() == items[0].tolist()
    assert rec.recommend("u1", 5)["score"].to_pylist() == pytest.approx(scores[0].tolist())
    assert not rec.explain("u1", 1000).items.exact


class Counting(LightGCN):
    """Counts forward passes."""

    calls = 0

    def forward(self, data: HeteroData) -> Embeddings:
        type(self).calls += 1
        return super().forward(data)


def test_embeddings_are_computed_once_whoever_asks(named: HeteroData) -> None:
    data = LightGCN.prepare(named)
    model = Counting.from_data(data, embedding_dim=8)
    rec = Served(model, data)
    together(rec.recommend, [("u1",)] * 8)
    assert Counting.calls == 1
    assert model.training  # as it was


def together(ask: Any, questions: list[tuple[Any, ...]]) -> list[Any]:
    """All answers, of questions that are asked at one time in as many threads."""
    barrier = Barrier(len(questions))

    def call(question: tuple[Any, ...]) -> Any:
        barrier.wait()
        return ask(*question)

    with ThreadPoolExecutor(len(questions)) as pool:
        return list(pool.map(call, questions))


@pytest.mark.parametrize("name", ["light_gcn", "crane"])
def test_eight_threads_get_the_answers_of_one(name: str, named: HeteroData, folder: Path) -> None:
    def new() -> Served:
        if name == "light_gcn":
            return load(folder)
        data = CRANE.prepare(named)
        return Served(CRANE.from_data(data, embedding_dim=8, seed=0), data)

    def ask(start: int) -> list[Any]:
        users = USERS[start::8]
        found = rec.explain(users[0], 1003 + 3 * start)
        return [
            rec.recommend(users, 7),
            rec.recommend(users, 80, exclude="all", filter={"genre": ["jazz", "funk"]}),
            rec.similar_items(list(rec.items.ids.ids[start::8]), 5),
            rec.similar_users(users, 5, metric="dot"),
            found.items.table,
            found.modalities.table,
        ]

    rec = new()
    alone = [ask(start) for start in range(8)]
    rec = new()
    for _ in range(3):
        at_once = together(ask, [(start,) for start in range(8)])
        assert all(
            a.equals(b)
            for mine, theirs in zip(at_once, alone, strict=True)
            for a, b in zip(mine, theirs, strict=True)
        )
