"""A trained model with its graph, asked by raw ids."""

from __future__ import annotations

from importlib.metadata import version
from os import PathLike
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import pyarrow as pa
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.bundles.manifest import Manifest
from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.models import Recommender
from pygmmrec.models.recommender import check_recommender
from pygmmrec.serving.answers import answer
from pygmmrec.serving.explain import Explanation, explain
from pygmmrec.serving.export.export import Format, check_export, export_vectors
from pygmmrec.serving.export.lists import write_lists
from pygmmrec.serving.export.vectors import Precision, check_vectors, vectors_of
from pygmmrec.serving.filters import Filter, Filters
from pygmmrec.serving.inputs import refreshed
from pygmmrec.serving.newcomers import Newcomers
from pygmmrec.serving.nodes import Nodes
from pygmmrec.serving.save import Past, save
from pygmmrec.serving.seen import Exclude, Seen
from pygmmrec.serving.similar import Alike, Metric
from pygmmrec.typing import INTERACTS, Embeddings
from pygmmrec.utils.check import check, check_flag, check_integer


class Served(Newcomers):
    """A trained model that answers from embeddings, its bundle's or computed once, at the first question.

    Questions and answers are about raw ids; a graph without any has indices for them. Answers are tables of
    pyarrow, which print readably and have ``to_pylist()`` and ``to_pandas()``. Any number of threads may ask
    at a time.

    .. code-block:: python

        rec = pg.load("runs/crane")
        rec.recommend("ada", k=5, filter={"genre": ["jazz", "soul"], "in_stock": True})
        rec.similar_items("blue train")
        rec.explain("ada", "blue train")

    Args:
        model: The model. What it learns after the first question changes no answer.
        data: Its graph, prepared, on the same device.
        manifest: What the bundle says of itself. (default: ``None``, for a model that was not loaded)
        embeddings: What the model gives for the graph. (default: ``None``, computed when first needed)

    Attributes:
        model: The model.
        data: Its graph.
        manifest: What the bundle says of itself, or ``None``.
        users: The users: ``ids``, and ``info`` where something else is known.
        items: The items, likewise.

    Raises:
        ValueError: If the graph does not fit the model.
    """

    def __init__(
        self,
        model: Recommender,
        data: HeteroData,
        manifest: Manifest | None = None,
        embeddings: Embeddings | None = None,
    ) -> None:
        super().__init__()
        check_recommender(model, data, "Served")
        model.check_graph(data)
        rows = None if embeddings is None else [len(side) for side in embeddings]
        sizes = [data[kind].num_nodes for kind in ("user", "item")]
        check(rows in (None, sizes), "embeddings", f"{sizes} rows of users and items", "Served", rows)
        self.model, self.data, self.manifest = model, data, manifest
        self.users, self.items = Nodes(data, "user"), Nodes(data, "item")
        self._seen, self._filters = Seen(data), Filters(self.items.info)
        self._lock = Lock()
        self._past = Past() if manifest is None else Past.of(manifest)
        self._embeddings = embeddings
        self._alike: dict[str, Alike] = {}
        self._refreshed: HeteroData | None = None

    @property
    def embeddings(self) -> Embeddings:
        """Embeddings of all users [U, D] and items [I, D], computed once, in whichever thread comes first."""
        if self._embeddings is None:
            with self._lock:
                if self._embeddings is None:
                    with eval_mode(self.model):
                        self._embeddings = self.model(self.data)
        return self._embeddings

    def recommend(
        self,
        users: Any,
        k: int = 10,
        *,
        exclude: Exclude | None = "train",
        candidates: Any = None,
        filter: Filter | None = None,
        block_size: int | None = None,
    ) -> pa.Table:
        """The best items of some users, best first.

        Args:
            users: A raw id, or a sequence of them.
            k: How many items for each. Where fewer are left, there are fewer. (default: ``10``)
            exclude: Items of each user to leave out: those of ``train``, of ``train+val``, of ``all``, with
                the test items, or ``None``. (default: ``train``)
            candidates: Raw ids of the items to choose from. (default: all)
            filter: What is wanted of the items by their columns, such as ``{"genre": ["jazz", "soul"],
                "price": lambda price: price < 20}``, or an expression of :mod:`pyarrow.compute`, such as
                ``pc.field("price") < 20``, see :meth:`~pygmmrec.serving.filters.Filters.passes`.
                (default: ``None``)
            block_size: Users scored at a time. (default: as many as make 30 MB of scores, at most 512)

        Returns:
            Columns ``user``, ``rank`` from 1, ``item``, ``title`` where one is known, and ``score``.

        Raises:
            ValueError: If a user, an item or a column is unknown, or an argument is out of range.
        """
        k = check_integer(k, "k", "recommend", at_least=1)
        index = self.users.find(users, "users").to(self._device)
        columns = self._columns(candidates, filter)
        return self._lists(index, k, exclude, columns, block_size)

    def similar_items(
        self,
        items: Any,
        k: int = 10,
        *,
        metric: Metric = "cosine",
        candidates: Any = None,
        filter: Filter | None = None,
    ) -> pa.Table:
        """The items whose embeddings are most like those of some items, without these themselves.

        Args:
            items: A raw id, or a sequence of them.
            k: How many for each. (default: ``10``)
            metric: ``cosine`` or ``dot``, the inner product. (default: ``cosine``)
            candidates: As in :meth:`recommend`.
            filter: As in :meth:`recommend`.

        Returns:
            Columns ``item``, ``rank`` from 1, ``similar``, its ``title`` where one is known, and ``score``.

        Raises:
            ValueError: If an item or a column is unknown, or an argument is out of range.
        """
        index = self.items.find(items, "items").to(self._device)
        columns = self._columns(candidates, filter)
        found = self._alike_of("item")(index, k, metric, columns)
        return answer(("item", self.items, index), found, ("similar", self.items))

    def similar_users(self, users: Any, k: int = 10, *, metric: Metric = "cosine") -> pa.Table:
        """The users whose embeddings are most like those of some users. Args: as in :meth:`similar_items`."""
        index = self.users.find(users, "users").to(self._device)
        found = self._alike_of("user")(index, k, metric)
        return answer(("user", self.users, index), found, ("similar", self.users))

    def explain(self, user: Any, item: Any) -> Explanation:
        """Which of a user's items, and which modality, carry a score.

        It takes a forward pass of the whole graph and two backward ones; item graphs that the model builds
        for an epoch are built once. Parts sum up to the score; where the model is not linear in its inputs,
        what they leave is a part of its own, and ``exact`` is false.

        Args:
            user: A raw id.
            item: Another, of an item that the user has or has not.

        Raises:
            ValueError: If one is unknown, or there are several.
        """
        who, what = self.users.find(user, "user"), self.items.find(item, "item")
        check(who.numel() == 1, "user", "one raw id", "explain", user)
        check(what.numel() == 1, "item", "one raw id", "explain", item)
        own = self._seen.items(who.to(self._device))
        with self._lock:
            self._refreshed = self._refreshed or refreshed(self.model, self.data)
        return explain(self.model, self._refreshed, int(who), int(what), own, self.items)

    def save(self, folder: str | PathLike[str], *, overwrite: bool = False) -> Path:
        """Write a bundle, which :func:`~pygmmrec.load` reads and ``fit(start_from=...)`` goes on from.

        What :meth:`add_users` and :meth:`add_items` give lives on this way. The folder appears only once it
        is complete.

        .. code-block:: python

            rec.add_items({"text": (matrix, ids)}).save("runs/crane-today")

        Args:
            folder: A new folder, or an empty one.
            overwrite: Whether an earlier bundle may be replaced, with all else in its folder.
                (default: ``False``)

        Returns:
            The folder.

        Raises:
            ValueError: If the folder holds something else, or something in the graph is of a type that no
                file can hold.
        """
        replace = check_flag(overwrite, "overwrite", "save")
        return save(folder, self.model, self.data, self._past, self.embeddings, replace)

    def export(
        self,
        folder: str | PathLike[str],
        format: Format = "parquet",
        *,
        dtype: Precision = "float32",
        overwrite: bool = False,
    ) -> Path:
        """Write the vectors of all users and items with their raw ids, for other programs.

        The folder appears only once it is complete. Its ``README.md`` says how to read it, and
        ``export.json`` the same for programs.

        .. code-block:: python

            rec.export("vectors", format="parquet", dtype="float16")

        Args:
            folder: A new folder, or an empty one.
            format: ``parquet``, a table each; ``numpy`` or ``safetensors``, arrays, with ids as JSON; or
                ``faiss``, an exact index of the items and one by HNSW, with their recall against exact
                ranking. (default: ``parquet``)
            dtype: ``float32``, or ``float16`` for half the size. (default: ``float32``)
            overwrite: Whether an earlier export may be replaced. (default: ``False``)

        Returns:
            The folder.

        Raises:
            ValueError: If the folder holds something else, an argument is no choice, numbers do not fit
                ``dtype``, or scores are no dot products, as those of DGVAE.
            ModuleNotFoundError: If faiss is asked for without the extra of that name.
        """
        check_export(format, dtype, overwrite)
        sides = vectors_of(self.model, self.embeddings, (self.users, self.items), dtype)
        return export_vectors(folder, sides, self._origin, format, overwrite)

    def export_lists(
        self,
        folder: str | PathLike[str],
        k: int = 10,
        *,
        exclude: Exclude | None = "train",
        candidates: Any = None,
        filter: Filter | None = None,
        users_per_part: int = 100_000,
        overwrite: bool = False,
        progress: bool = True,
    ) -> Path:
        """Write what :meth:`recommend` gives for all users, as Parquet files ``lists/part-00000.parquet`` ...

        Some thousand users are in memory at a time. The folder appears only once it is complete, with a
        ``README.md``.

        Args:
            folder: A new folder, or an empty one.
            k: As in :meth:`recommend`, like ``exclude``, ``candidates`` and ``filter``.
            users_per_part: Users of a file, at most. (default: ``100_000``)
            overwrite: Whether an earlier export may be replaced. (default: ``False``)
            progress: Whether to show a bar on a terminal. (default: ``True``)

        Returns:
            The folder.

        Raises:
            ValueError: If the folder holds something else, or an argument is out of range.
        """
        k = check_integer(k, "k", "export_lists", at_least=1)
        size = check_integer(users_per_part, "users_per_part", "export_lists", at_least=1)
        columns = self._columns(candidates, filter)
        return write_lists(
            folder,
            lambda index: self._lists(index.to(self._device), k, exclude, columns),
            len(self.users),
            {**self._origin, "k": k, "exclude": exclude},
            users_per_part=size,
            overwrite=check_flag(overwrite, "overwrite", "export_lists"),
            progress=check_flag(progress, "progress", "export_lists"),
        )

    def _alike_of(self, kind: Literal["user", "item"]) -> Alike:
        out = self.embeddings
        check_vectors(self.model, out, f"similar_{kind}s", "recommend_for([item]) ranks from one item")
        with self._lock:
            return self._alike.setdefault(kind, Alike(getattr(out, kind)))

    def _lists(
        self,
        index: Tensor,
        k: int,
        exclude: Exclude | None,
        columns: Tensor | None,
        block_size: int | None = None,
    ) -> pa.Table:
        """What :meth:`recommend` gives for indices of users [B]."""
        seen = self._seen.pairs(index, exclude)
        found = self._ranked(self.embeddings, index, k, seen, columns, block_size)
        return answer(("user", self.users, index), found, ("item", self.items))

    @property
    def _origin(self) -> dict[str, Any]:
        """What an export says of the model."""
        told = {} if self.manifest is None else {"dataset": self.manifest.dataset, "seed": self.manifest.seed}
        sizes = {"num_users": len(self.users), "num_items": len(self.items)}
        return {"library": version("pygmmrec"), "model": type(self.model).__name__, **told, **sizes}

    def _columns(self, candidates: Any, filter: Filter | None) -> Tensor | None:
        """Indices of the items to choose from, ascending; ``None`` where all are."""
        if candidates is None and filter is None:
            return None
        mask = torch.ones(len(self.items), dtype=torch.bool)
        if candidates is not None:
            mask = torch.zeros_like(mask).index_fill(0, self.items.find(candidates, "candidates"), True)
        if filter is not None:
            mask &= torch.from_numpy(self._filters.passes(filter))
        return mask.nonzero().squeeze(1).to(self._device)

    @property
    def _device(self) -> torch.device:
        device: torch.device = self.data[INTERACTS].edge_index.device
        return device

    def __repr__(self) -> str:
        model, users, items = type(self.model).__name__, len(self.users), len(self.items)
        return f"{type(self).__name__}({model}, {users} users, {items} items, {self._device})"
