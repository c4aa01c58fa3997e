"""Which of the things stored at the items are modality features, and which items have them."""

from collections.abc import Collection, Mapping

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.places import Layout, channels_last, has_layout, layout_of, pooled
from pygmmrec.graph.precision import full_precision
from pygmmrec.typing import Modalities, available_key
from pygmmrec.utils.check import check


def stored_features(data: HeteroData) -> Modalities:
    """The item features of a graph by name, as they are stored: every floating tensor of the item store of
    two to four dimensions, which are vectors [I, F_m], tokens [I, L, F_m] and maps [I, F_m, H, W].
    """
    return {
        name: value for name, value in data["item"].items() if isinstance(value, Tensor) and has_layout(value)
    }


def modalities(
    data: HeteroData, sizes: Mapping[str, int] | None = None, where: object = "modalities"
) -> Modalities:
    """The item features of a graph by name, a row for each item, [I, F_m]; half precision as float32.

    Args:
        data: The graph.
        sizes: Modality to feature size, of those that are wanted; ``None`` for all.
        where: Who asks, for errors.

    Raises:
        ValueError: If one is not there, has another size, or is of tokens or maps.
    """
    check_features(data, dims(data) if sizes is None else sizes, where)
    return {
        name: full_precision(value)
        for name, value in stored_features(data).items()
        if sizes is None or name in sizes
    }


def modality_places(data: HeteroData, names: Collection[str]) -> Modalities:
    """Item features by name with their places, channels last: vectors [I, F_m], tokens [I, L, F_m] and maps
    [I, H, W, F_m]; half precision as float32.

    Args:
        data: The graph.
        names: Modalities to look at; those that the graph does not have are left out.
    """
    features = {name: value for name, value in stored_features(data).items() if name in names}
    return {name: full_precision(channels_last(value)) for name, value in features.items()}


def pooled_modalities(data: HeteroData) -> Modalities:
    """The item features by name, a row for each item, [I, F_m]: of tokens and maps their mean."""
    return {name: pooled(value) for name, value in stored_features(data).items()}


def dims(data: HeteroData) -> dict[str, int]:
    """The size F_m of each modality."""
    return {name: channels_last(value).size(-1) for name, value in stored_features(data).items()}


def layouts(data: HeteroData) -> dict[str, Layout]:
    """Which modalities are tokens or maps; vectors are left out."""
    found = {name: layout_of(value) for name, value in stored_features(data).items()}
    return {name: layout for name, layout in found.items() if layout != "nodes"}


def availability(data: HeteroData) -> Modalities:
    """Which items have a modality, bool [I], for each modality that some items lack."""
    keys = {name: available_key(name) for name in stored_features(data)}
    return {name: data["item"][key] for name, key in keys.items() if key in data["item"]}


def check_modalities(x: Modalities, sizes: Mapping[str, int], where: object) -> None:
    """Raise a :class:`ValueError` if a modality is not there or has another size.

    Args:
        x: Features by modality, [..., F_m].
        sizes: Modality to feature size; others are left alone.
        where: Who asks, see :func:`~pygmmrec.utils.check.check`.
    """
    for name, size in sizes.items():
        check(name in x, "x", f"features that include the modality {name!r}", where, sorted(x))
        found = list(x[name].shape)
        check(found[-1] == size, "x", f"of size {size} in modality {name!r}", where, found)


def check_features(data: HeteroData, sizes: Mapping[str, int], where: object) -> None:
    """Raise a :class:`ValueError` if a graph lacks a modality, or has one of another size or with places.

    Args:
        data: The graph.
        sizes: Modality to feature size; others are left alone.
        where: Who asks, see :func:`~pygmmrec.utils.check.check`.
    """
    check_modalities({name: channels_last(x) for name, x in stored_features(data).items()}, sizes, where)
    check_vectors(data, sizes, where)


def check_vectors(data: HeteroData, names: Collection[str], where: object) -> None:
    """Raise a :class:`ValueError` if a modality is of tokens or maps, which most models cannot take.

    Args:
        data: The graph.
        names: Modalities to look at; others are left alone.
        where: Who asks, see :func:`~pygmmrec.utils.check.check`.
    """
    for name, layout in layouts(data).items():
        shape = list(data["item"][name].shape)
        remedy = "Apply PoolPlaces() before a model prepares the graph, or train MambaRec, which sees places."
        arg, value = f"data['item'][{name!r}]", f"{layout} of shape {shape}"
        check(name not in names, arg, "one vector for each item, [I, F]", where, value, remedy)


def having_all(available: Modalities, *names: str) -> Tensor | None:
    """Which items have all of these modalities, bool [I]; ``None`` where no mask says otherwise.

    Args:
        available: Masks, bool [I], of the modalities that some items lack.
        names: The modalities.
    """
    masks = [available[name] for name in names if name in available]
    return torch.stack(masks).all(dim=0) if masks else None


def nodes_having(available: Modalities, node: Tensor, count: Tensor, *names: str) -> tuple[Tensor, Tensor]:
    """Those of some items, [N], with their counts, [N], that have all of these modalities."""
    mask = having_all(available, *names)
    if mask is None:
        return node, count
    kept = mask[node]
    return node[kept], count[kept]


def modality_rows(
    data: HeteroData, names: Collection[str], index: Tensor, where: object = "modality_rows"
) -> tuple[Modalities, Modalities]:
    """Features [B, F_m] of some items, and masks [B] of the modalities that some items lack.

    Args:
        data: The graph.
        names: Modalities to look at; those that the graph does not have are left out.
        index: Items, [B].
        where: Who asks, for errors.

    Raises:
        ValueError: If one is of tokens or maps.
    """
    check_vectors(data, names, where)
    features = {name: x_m for name, x_m in stored_features(data).items() if name in names}
    x = {name: full_precision(x_m.index_select(0, index)) for name, x_m in features.items()}
    return x, {name: mask[index] for name, mask in availability(data).items() if name in names}


def zero_missing(x: Modalities, available: Modalities) -> Modalities:
    """Zeros in the rows of items that lack a modality: by modality [N, D], and masks, bool [N], of some.

    After a projection and its bias, such an item has a row of its own making otherwise.
    """
    return {
        name: x_m.masked_fill(~available[name].unsqueeze(-1), 0.0) if name in available else x_m
        for name, x_m in x.items()
    }
