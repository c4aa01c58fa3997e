"""A model and its graph, with users, items and edges that came after training."""

from __future__ import annotations

import copy
from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch_geometric.data import HeteroData
from torch_geometric.transforms import BaseTransform

from pygmmrec.data.ids import IdMap
from pygmmrec.data.node_info import NodeInfo
from pygmmrec.graph.modalities import stored_features
from pygmmrec.graph.more_edges import add_edges
from pygmmrec.graph.raw_ids import id_digests
from pygmmrec.models import Recommender
from pygmmrec.models.node_tables import Rule
from pygmmrec.transforms.scale_features import scale_like
from pygmmrec.typing import INTERACTS, PREPARED, REV_INTERACTS, available_key
from pygmmrec.utils.check import check

WHERE = "Served"


def own_transforms(model: Recommender, settings: Mapping[str, Any]) -> list[BaseTransform]:
    """What prepares a graph for a model, one by one."""
    made: Any = type(model).pre_transform(**settings)
    return list(made.transforms.transforms) if hasattr(made, "transforms") else [made]


def extend(
    model: Recommender,
    data: HeteroData,
    pairs: Tensor,
    num_users: int | Sequence[Hashable] = 0,
    items: Mapping[str, Tensor] | None = None,
    item_ids: Sequence[Hashable] = (),
    *,
    rule: Rule = "zero",
    prepare: Mapping[str, Any] | None = None,
) -> tuple[Recommender, HeteroData]:
    """The model and its graph with new nodes, which come after the old ones, prepared as before.

    Item graphs are built again, so that old items may have new neighbours. Features are scaled as those of
    the old items were, by the mean of the old ones.

    Args:
        model: The model, left alone.
        data: Its graph, prepared, left alone.
        pairs: New edges between users and items, old or new. Those that are there already are left out.
        num_users: How many new users there are, or their raw ids.
        items: Raw features of new items by modality; a row of NaN says that an item has none.
            (default: none for any)
        item_ids: Raw ids of new items.
        rule: Rows of new nodes in the tables of the model, see :meth:`Recommender.grow`. (default: ``zero``)
        prepare: Arguments of the model's ``prepare`` with which the graph was prepared. (default: its own)

    Shapes:
        pairs [2, n], items [N, F] each

    Raises:
        ValueError: If the graph was prepared by hand or with other settings than ``prepare`` says, or
            features do not fit.
    """
    settings = {} if prepare is None else dict(prepare)
    _check_stamp(model, data, settings)
    told = not isinstance(num_users, int)
    size = data["user"].num_nodes
    user_ids = num_users if isinstance(num_users, Sequence) else range(size, size + num_users)
    graph = copy.copy(data)
    for edge_type in data.edge_types:
        if edge_type not in (INTERACTS, REV_INTERACTS):
            del graph[edge_type]
    graph.__dict__["_global_store"].pop(PREPARED, None)
    kinds = {"user": user_ids, "item": item_ids}
    before = {kind: _ids(data, kind, named=told or kind == "item") for kind in kinds}
    after = {kind: [*before[kind], *new] for kind, new in kinds.items()}
    for kind, new in kinds.items():
        graph[kind].num_nodes, graph[kind].raw_id = len(after[kind]), IdMap(after[kind])
        if isinstance(graph[kind].get("info"), NodeInfo):
            graph[kind].info = _longer(graph[kind].info, len(new))
    if len(item_ids) > 0:
        _add_features(graph, data, items or {}, len(item_ids))
    add_edges(graph, pairs)
    graph = type(model).prepare(graph, **settings)
    others = _others(graph, kinds, same=len(item_ids) == 0)
    grown = model.grow({**before, **others}, {**after, **others}, rule=rule)
    grown.rows_of = id_digests(graph)
    return grown, graph


def _ids(data: HeteroData, kind: str, named: bool) -> Sequence[Hashable]:
    found = data[kind].get("raw_id") if named else None
    ids: Sequence[Hashable] = range(data[kind].num_nodes) if found is None else found.ids
    return ids


def _others(graph: HeteroData, but: Collection[str], same: bool) -> dict[str, Sequence[Hashable]]:
    """Who the nodes of other types are, such as words; without ids, they are known where items stay."""
    kinds = [kind for kind in graph.node_types if kind not in but]
    return {kind: _ids(graph, kind, True) for kind in kinds if same or "raw_id" in graph[kind]}


def _check_stamp(model: Recommender, data: HeteroData, settings: Mapping[str, Any]) -> None:
    name = type(model).__name__
    prepared = type(model).pre_transform(**settings)
    would = " ".join(repr(getattr(prepared, "transforms", prepared)).split())
    found = (data.get(PREPARED) or {}).get("settings")
    remedy = f"Say how it was prepared, as in prepare={{'k': 5}}, the arguments of {name}.prepare"
    check(found == would, "prepare", f"the settings of the graph, {found}", WHERE, would, remedy)


def _longer(info: NodeInfo, num_new: int) -> NodeInfo:
    return NodeInfo({name: [*info[name], *[None] * num_new] for name in info.columns})


def _add_features(graph: HeteroData, data: HeteroData, new: Mapping[str, Tensor], num_new: int) -> None:
    """Rows of new items in each modality; zeros, and a mask that says so, where there are none."""
    known = stored_features(data)
    unknown = sorted(set(new) - set(known))
    check(not unknown, "features", f"of modalities out of {sorted(known)}", WHERE, unknown)
    for name, old in known.items():
        given = new.get(name, old.new_full((num_new, *old.shape[1:]), torch.nan))
        fits = given.shape == (num_new, *old.shape[1:])
        wanted = f"a matrix {[num_new, *old.shape[1:]]}"
        check(fits, f"features[{name!r}]", wanted, WHERE, list(given.shape))
        given = given.to(old)
        has = ~given.isnan().flatten(1).any(dim=1)  # [N]
        scaled = scale_like(data, name, given.nan_to_num(0.0), has)
        graph["item"][name] = torch.cat([old, scaled])
        key = available_key(name)
        if key in data["item"] or not bool(has.all()):
            mask = data["item"].get(key, has.new_ones(len(old)))
            graph["item"][key] = torch.cat([mask, has])
