"""What a trained model does for users and items that came after its training."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.data.features import Features, as_features
from pygmmrec.data.ids import IdMap
from pygmmrec.data.interactions import read_interactions
from pygmmrec.kernels.runtime.eval_mode import eval_mode
from pygmmrec.models import Recommender
from pygmmrec.models.node_tables import RULES, Rule
from pygmmrec.serving.answers import answer
from pygmmrec.serving.best import Best, best
from pygmmrec.serving.extend import extend
from pygmmrec.serving.filters import Filter
from pygmmrec.serving.fold_in import FoldIn
from pygmmrec.serving.nodes import Nodes
from pygmmrec.serving.save import Past
from pygmmrec.typing import Embeddings
from pygmmrec.utils.check import check, check_integer

if TYPE_CHECKING:
    from typing_extensions import Self


class Newcomers(ABC):
    """The part of :class:`~pygmmrec.serving.Served` for those who are not in its graph."""

    model: Recommender
    data: HeteroData
    users: Nodes
    items: Nodes
    _past: Past

    def __init__(self) -> None:
        self._fold_ins: dict[str, FoldIn] = {}  # a thread that comes second writes the same again

    def recommend_for(
        self,
        items: Any,
        k: int = 10,
        *,
        rule: Rule = "zero",
        candidates: Any = None,
        filter: Filter | None = None,
        prepare: Mapping[str, Any] | None = None,
    ) -> pa.Table:
        """The best items for new users, from the items that they have, without training.

        A new user becomes a node that receives messages from its items and sends none. For LightGCN,
        FREEDOM, CRANE and other models that are linear in these messages, this is a sum over the items, of
        rows that are computed once, at the first call. MGCN, MambaRec and others, which are not, take a
        forward pass for each call; DualGNN and DGVAE prepare the graph again. See
        :class:`~pygmmrec.serving.fold_in.FoldIn`. It is as fast for many users in a call as for one.

        .. code-block:: python

            rec.recommend_for(["blue train", "kind of blue"], k=5)
            rec.recommend_for({"ada": ["blue train"], "bob": ["nevermind", "in utero"]}, k=5)

        Args:
            items: Raw ids of a user's items; or, of several users, a mapping from what they are to be called
                to these. Their own items are left out of the lists.
            k: How many items for each. Where fewer are left, there are fewer. (default: ``10``)
            rule: The users' own rows: ``zero``, or ``mean`` of those of all users. (default: ``zero``)
            candidates: Raw ids of the items to choose from. (default: all)
            filter: What is wanted of the items by their columns. (default: ``None``)
            prepare: As in :meth:`add_users`; for DualGNN and DGVAE.

        Returns:
            Columns ``user`` where a mapping was given, ``rank`` from 1, ``item``, ``title`` where one is
            known, and ``score``.

        Raises:
            ValueError: If a user has no item, an item or a column is unknown, an argument is out of range, or
                the model makes nothing of a user's items, as BPRMF and VBPR do.
        """
        k = check_integer(k, "k", "recommend_for", at_least=1)
        several = isinstance(items, Mapping)
        names, lists = (list(items), list(items.values())) if several else ([0], [items])
        found = [self.items.find(each, "items").unique() for each in lists]  # ascending
        empty = [name for name, each in zip(names, found, strict=True) if each.numel() == 0]
        check(not empty, "items", "at least one item for each user", "recommend_for", empty)
        columns = self._columns(candidates, filter)
        if not found:
            columns = torch.empty(0, dtype=torch.int64)
        out = self.fold_in(found, rule, prepare)
        row = torch.repeat_interleave(torch.tensor([len(each) for each in found], dtype=torch.int64))
        exclude = torch.stack([row, torch.cat([*found, row[:0]])]).to(out.item.device)
        index = torch.arange(len(found), device=out.item.device)
        ranked = self._ranked(out, index, k, exclude, columns)
        asked = HeteroData()
        asked["user"].num_nodes, asked["user"].raw_id = len(names), IdMap(names)
        table = answer(("user", Nodes(asked, "user"), index), ranked, ("item", self.items))
        return table if several else table.drop_columns(["user"])

    def fold_in(
        self, items: Sequence[Tensor], rule: Rule = "zero", prepare: Mapping[str, Any] | None = None
    ) -> Embeddings:
        """Embeddings of new users, [B, D], and of all items, [I, D], as :meth:`recommend_for` ranks them.

        Args:
            items: Indices of each user's items, each at most once.
            rule: As in :meth:`recommend_for`.
            prepare: As in :meth:`recommend_for`.
        """
        rules = [each for each in RULES if each != "draw"]
        check(rule in rules, "rule", f"one of {rules}", "recommend_for", rule)
        key = f"{rule} {sorted((prepare or {}).items())}"
        if key not in self._fold_ins:
            self._fold_ins[key] = FoldIn(self.model, self.data, rule, prepare)
        return self._fold_ins[key](items)

    def add_users(
        self, interactions: Any, *, rule: Rule = "zero", prepare: Mapping[str, Any] | None = None
    ) -> Self:
        """A model with further users and edges, in a graph that is prepared again with them; untrained.

        All propagation sees the new edges, those of known users as well. Held-out pairs stay.

        Args:
            interactions: Who has which items, by raw ids: arrays ``(users, items)``, a frame or a file, see
                :func:`~pygmmrec.data.read_interactions`. Items are those of the model.
            rule: Rows of new users, see :meth:`Recommender.grow`. (default: ``zero``)
            prepare: Arguments of the model's ``prepare``, if the graph was prepared with other ones than the
                defaults. (default: ``None``)

        Raises:
            ValueError: If an item is unknown, or ``prepare`` is not how the graph was prepared.
        """
        table = read_interactions(interactions)
        item = self.items.find(table.item, "interactions")
        user, new = _found_or_new(table.user, self.users)
        pairs = torch.stack([user, item]).to(self._device)
        return self._grown(pairs, new, rule=rule, prepare=prepare)

    def add_items(
        self,
        features: Mapping[str, Any],
        interactions: Any = None,
        *,
        rule: Rule = "zero",
        prepare: Mapping[str, Any] | None = None,
    ) -> Self:
        """A model with further items, ranked from their content and edges, untrained.

        Item graphs of features are built again with them. Features are raw; they are scaled as those of the
        others were. A model without features knows of a new item only what its edges say.

        Args:
            features: Modality to the rows of the new items: a matrix and the raw ids of its rows, or whatever
                else carries ids, see :func:`~pygmmrec.data.build_hetero_data`. An item may lack some
                modalities.
            interactions: Who has them, as in :meth:`add_users`, of users of the model. (default: ``None``)
            rule: Rows of new items, see :meth:`Recommender.grow`. (default: ``zero``)
            prepare: As in :meth:`add_users`.

        Raises:
            ValueError: If features have no ids or do not fit, an item is known already, or ``prepare`` is not
                how the graph was prepared.
        """
        rows = {name: as_features(each, f"features[{name!r}]") for name, each in features.items()}
        ids = _ids_of(rows)
        aligned = {name: each.align(IdMap(ids)).to(self._device) for name, each in rows.items()}
        known = [raw for raw in ids if raw in set(self.items.ids.ids)]
        check(not known, "features", "of items that the model does not have", "add_items", known[:5])
        pairs = torch.empty(2, 0, dtype=torch.int64)
        if interactions is not None:
            table = read_interactions(interactions)
            item, more = _found_or_new(table.item, self.items, ids)
            check(not more, "interactions", "of items of the model or of 'features'", "add_items", more[:5])
            pairs = torch.stack([self.users.find(table.user, "interactions"), item])
        return self._grown(pairs.to(self._device), (), aligned, ids, rule=rule, prepare=prepare)

    def _grown(self, pairs: Tensor, new_users: Sequence[Any], *items: Any, **options: Any) -> Self:
        made: Any = type(self)
        grown: Self = made(*extend(self.model, self.data, pairs, tuple(new_users), *items, **options))
        grown._past = self._past.grown(
            user=len(grown.users) - len(self.users), item=len(grown.items) - len(self.items)
        )
        return grown

    def _ranked(
        self,
        out: Embeddings,
        index: Tensor,
        k: int,
        exclude: Tensor | None,
        columns: Tensor | None,
        block_size: int | None = None,
    ) -> Best:
        """The best items of users [B] by the model's score of embeddings; see :func:`~.best`."""
        with eval_mode(self.model):
            return best(
                lambda block: self.model.score(out, block),
                index,
                k,
                len(self.items),
                exclude=exclude,
                columns=columns,
                block_size=block_size,
            )

    @abstractmethod
    def _columns(self, candidates: Any, filter: Filter | None) -> Tensor | None:
        """Indices of the items to choose from."""

    @property
    @abstractmethod
    def _device(self) -> torch.device:
        """Where the graph is."""


def _found_or_new(
    column: np.ndarray[Any, Any], nodes: Nodes, new: Sequence[Any] | None = None
) -> tuple[Tensor, list[Any]]:
    """Indices of raw ids among nodes and, after them, new ones; and those that are in neither."""
    index = nodes.ids.find(column)
    unknown = index < 0
    others = list(dict.fromkeys(column[unknown].tolist()))
    after = others if new is None else list(new)
    if others:
        place = IdMap(after).find(column[unknown]) if after else np.full(int(unknown.sum()), -1)
        others = others if new is None else [raw for raw in others if raw not in set(after)]
        index = index.copy()
        index[unknown] = len(nodes) + place
    return torch.from_numpy(index), others


def _ids_of(rows: Mapping[str, Features]) -> list[Any]:
    """The ids of all rows, in the order in which they come first."""
    for name, each in rows.items():
        remedy = "Give (matrix, ids)"
        check(each.ids is not None, f"features[{name!r}]", "a matrix with ids", "add_items", each, remedy)
    ids = list(dict.fromkeys(raw for each in rows.values() if each.ids is not None for raw in each.ids.ids))
    check(len(ids) > 0, "features", "rows of some item", "add_items", sorted(rows))
    return ids
