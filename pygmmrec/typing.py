"""Names that every room of the library shares: edge types, and the few tuples passed around."""

from typing import NamedTuple

from torch import Tensor

EdgeType = tuple[str, str, str]
"""A relation of a :class:`~torch_geometric.data.HeteroData`: (source, name, destination)."""

Modalities = dict[str, Tensor]
"""Modality name -> node features; any number of modalities, each ``[N, F_m]``."""

INTERACTS: EdgeType = ("user", "interacts", "item")
"""Training edges, the only ones that message passing sees. Sorted by user, then item."""

REV_INTERACTS: EdgeType = ("item", "rev_interacts", "user")
"""The same edges the other way round, sorted by item, then user."""

PROFILES: EdgeType = ("item", "profiles", "user")
"""All training edges from items to users, which no epoch transform thins out."""

PRINCIPAL: EdgeType = ("user", "principal", "item")
"""The user-item graph that its singular vectors make, with weights of either sign."""

USER_GRAPH: EdgeType = ("user", "co_interacts", "user")
"""Edges to a user from those with whom it has the most training items in common."""

ITEM_WORDS: EdgeType = ("word", "describes", "item")
"""The words of items, by how often they have them."""

USER_WORDS: EdgeType = ("word", "describes", "user")
"""The words of users' items, by tf-idf."""

VALID = "valid_label_index"
"""Where the store of :data:`INTERACTS` has the held-out pairs that choose epochs and settings, [2, P]."""

TEST = "test_label_index"
"""Where it has the held-out pairs that are scored once, at the end, [2, P]."""

HELD_OUT = (VALID, TEST)
"""Both: pairs that no message passing ever sees."""

PREPARED = "prepared_by"
"""Where a graph says who prepared it: the name of a model, and the settings of its ``pre_transform``."""

THINNED = "thinned_by"
"""Where a graph says which transform thinned out its edges for an epoch of training."""

SCALED = "scaled_features"
"""Where a graph says which features are scaled: by modality how, and how many items there were."""

MOMENTS = "feature_moments"
"""Where it has the mean and standard deviation of each column before, [2, F] by modality."""

ORIGIN = "origin"
"""Where a graph says what it was built from: ``rows`` of a table, the ``steps`` that left some out, each with
its reason, and the ``split``; numbers and texts only."""


def item_edge_type(name: str) -> EdgeType:
    """The item-item relation called ``name``, e.g. ``image_knn`` or ``fused``."""
    return ("item", name, "item")


def available_key(modality: str) -> str:
    """Where the item store says which items have a modality: a bool mask [I], absent if all have it."""
    return f"{modality}_available"


class Embeddings(NamedTuple):
    """What a model's forward pass gives: ``user`` [U, D] and ``item`` [I, D]."""

    user: Tensor
    item: Tensor


class Triplets(NamedTuple):
    """A batch for pairwise ranking: ``user``, ``pos`` and ``neg`` item indices, each [B] int64."""

    user: Tensor
    pos: Tensor
    neg: Tensor
