"""A bundle that is ready to answer requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import torch

from pygmmrec.serving.http.names import Names
from pygmmrec.serving.http.refusal import refusing
from pygmmrec.serving.seen import Exclude, Seen
from pygmmrec.serving.served import Served
from pygmmrec.serving.similar import Metric


class Ready:
    """A model with all that is computed once, so that the first request waits no longer than others.

    Args:
        served: The model.
        name: What requests call it.
    """

    def __init__(self, served: Served, name: str) -> None:
        self.served, self.name = served, name
        self.users, self.items = Names(served.users), Names(served.items)
        self._seen = Seen(served.data)
        if len(self.users):
            self.history(0)
            self.recommend([0], 1, "train")

    def recommend(
        self,
        users: Sequence[int],
        k: int,
        exclude: Exclude | None,
        *,
        candidates: Sequence[int] | None = None,
        filter: dict[str, Any] | None = None,
    ) -> list[list[dict[str, Any]]]:
        """The best items of each user, users and candidates by index."""
        several = list(dict.fromkeys(users))
        chosen = None if candidates is None else self.items.raw(candidates)
        with refusing():
            table = self.served.recommend(
                self.users.raw(several), k, exclude=exclude, candidates=chosen, filter=filter
            )
        lists = self._lists(table, "user", self.users, "item")
        return [lists.get(user, []) for user in users]

    def similar(self, items: Sequence[int], k: int, metric: Metric) -> list[list[dict[str, Any]]]:
        """The items that are most like each item, items by index."""
        with refusing():
            table = self.served.similar_items(self.items.raw(list(dict.fromkeys(items))), k, metric=metric)
        lists = self._lists(table, "item", self.items, "similar")
        return [lists.get(item, []) for item in items]

    def fold_in(self, items: Sequence[int], k: int) -> list[dict[str, Any]]:
        """The best items of somebody new who has some items, items by index.

        Raises:
            Refusal: If the model makes nothing of the items of a user.
        """
        with refusing():
            table = self.served.recommend_for(self.items.raw(items), k)
        return self._rows(table, "item")

    def explain(self, user: int, item: int, k: int) -> dict[str, Any]:
        """What carries a score: the first k items of the user, what others carry in sum, and modalities."""
        with refusing():
            told = self.served.explain(self.users.raw([user])[0], self.items.raw([item])[0])
        table = told.items.table
        rows = table.select(["part", "score"]).to_pylist()
        own = sum(row["part"] == "item" for row in rows)
        few = min(k, own)
        shown = self.items.show(self.items.places(table["item"].slice(0, few)))
        parts = [{**row, **name} for row, name in zip(rows[:few], shown, strict=True)]
        if own > few:
            more = sum(row["score"] for row in rows[few:own])
            parts.append({"part": "more items", "score": more})
        return {
            "score": told.score,
            "items": {"exact": told.items.exact, "parts": [*parts, *rows[own:]]},
            "modalities": {"exact": told.modalities.exact, "parts": told.modalities.table.to_pylist()},
        }

    def history(self, user: int) -> list[int]:
        """Indices of the training items of a user."""
        where = self.served.embeddings.user.device
        return self._seen.items(torch.tensor([user], device=where)).tolist()

    def described(self) -> dict[str, Any]:
        """What a bundle says of itself."""
        manifest = self.served.manifest
        known = ("dataset", "library", "created", "seed", "commit")
        told = {key: None if manifest is None else getattr(manifest, key) for key in known}
        info = self.served.items.info
        return {
            "name": self.name,
            "model": type(self.served.model).__name__,
            **told,
            "users": len(self.users),
            "items": len(self.items),
            "columns": [] if info is None else info.columns,
        }

    def _lists(
        self, table: pa.Table, asked: str, names: Names, given: str
    ) -> dict[int, list[dict[str, Any]]]:
        """The rows of an answer, by whom they are for."""
        lists: dict[int, list[dict[str, Any]]] = {}
        for who, row in zip(names.places(table[asked]), self._rows(table, given), strict=True):
            lists.setdefault(who, []).append(row)
        return lists

    def _rows(self, table: pa.Table, given: str) -> list[dict[str, Any]]:
        shown = self.items.show(self.items.places(table[given]))
        ranks, scores = table["rank"].to_pylist(), table["score"].to_pylist()
        return [
            {"rank": rank, **name, "score": score}
            for rank, name, score in zip(ranks, shown, scores, strict=True)
        ]
