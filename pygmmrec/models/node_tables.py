"""What of a model is indexed by nodes, and how it is indexed by others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

import torch
from torch import Tensor, nn
from torch_geometric.typing import NodeType

from pygmmrec.graph.raw_ids import NodeIds, absent, places, raw_ids
from pygmmrec.nn import NodeTable
from pygmmrec.utils.check import check

Rule: TypeAlias = Literal["draw", "mean", "zero"]
"""Where the rows of new nodes come from, see :meth:`Recommender.grow`."""

RULES = ("draw", "mean", "zero")
State: TypeAlias = Mapping[str, Tensor]


def declared_tables(model: nn.Module) -> dict[str, NodeType]:
    """The weights of all :class:`~pygmmrec.nn.NodeTable` of a model: name in ``state_dict`` to node type."""
    modules = model.named_modules(remove_duplicate=False)
    found = ((name, module) for name, module in modules if isinstance(module, NodeTable))
    return {f"{name}.weight".lstrip("."): table.node_type for name, table in found}


def known_places(old: NodeIds, new: NodeIds, node_type: NodeType, drop: bool, where: object) -> Tensor:
    """Where each node of ``new`` stands in ``old``, [N] int64; -1 for those that it does not have.

    Raises:
        ValueError: If ids are not there, or a node vanishes and ``drop`` does not say that it may.
    """
    before, after = raw_ids(old, node_type, "old", where), raw_ids(new, node_type, "new", where)
    lost = "" if drop else absent(before, after)
    remedy = "Pass drop=True to leave them behind, or keep them in the graph"
    check(not lost, "new", f"a graph with all {node_type}s of 'old'", where, lost, remedy)
    return places(after, before)


def grow_tables(
    state: State,
    drawn: State,
    tables: Mapping[str, NodeType],
    known: Mapping[NodeType, Tensor],
    rule: Rule,
    where: object,
) -> dict[str, Tensor]:
    """The weights of a model for more nodes.

    Args:
        state: The weights.
        drawn: Weights that a model of the new size has drawn.
        tables: Which of them have a row per node.
        known: By node type, where each of the new nodes stands among the old, [N] int64, or -1.
        rule: What the rows of the others are.
        where: Who asks, for errors.
    """
    check(rule in RULES, "rule", f"one of {RULES}", where, rule)
    out = {name: value.clone() for name, value in state.items() if name not in tables}
    for name, node_type in tables.items():
        old, place = state[name], known[node_type].to(state[name].device)  # [N_old, ...], [N]
        new = drawn[name].to(old)
        if rule == "zero":
            new = torch.zeros_like(new)
        elif rule == "mean" and old.is_floating_point():
            new = old.mean(dim=0, keepdim=True).expand_as(new)
        is_known = (place >= 0).nonzero().squeeze(1)
        out[name] = new.index_copy(0, is_known, old[place[is_known]])
    return out


def select_tables(
    state: State, tables: Mapping[str, NodeType], nodes: Mapping[NodeType, Tensor]
) -> dict[str, Tensor]:
    """Weights of which the tables have only the rows of some nodes, and all else is whole; with gradient.

    Args:
        state: The weights.
        tables: Which of them have a row per node.
        nodes: Node type to indices, [N] int64.
    """
    index = {name: nodes[node_type] for name, node_type in tables.items() if node_type in nodes}
    return {
        name: value[index[name].to(value.device)] if name in index else value.clone()
        for name, value in state.items()
    }
