"""Features of one scale."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import torch
from torch import Tensor
from torch_geometric.data import HeteroData

from pygmmrec.graph.modalities import availability, stored_features
from pygmmrec.graph.places import channels_last, layout_of
from pygmmrec.graph.precision import full_precision
from pygmmrec.kernels.rows.unit_rows import unit_rows
from pygmmrec.transforms.graph_transform import GraphTransform
from pygmmrec.typing import MOMENTS, SCALED
from pygmmrec.utils.check import check

Scale: TypeAlias = Literal["unit", "centred", "standardised", "none"]
SCALES: tuple[Scale, ...] = ("unit", "centred", "standardised", "none")


class ScaleFeatures(GraphTransform):
    r"""Bring the features of all modalities to one scale.

    A model that multiplies raw features with a weight learns as fast as they are long: with image features of
    length 33, as TikTok has, one step of Adam changes a score by more than its free embeddings can follow;
    Last.fm-2K has audio of length 1,500 beside text of length 1.

    - ``unit``: each item's features are scaled to length one, :math:`x_i / \lVert x_i \rVert`.
    - ``centred``: the mean of the items is taken off first: features that all share a large mean all have a
      cosine near one.
    - ``standardised``: each column has mean 0 and variance 1, :math:`(x_{ij} - \mu_j) / \sigma_j`; a row is
      :math:`\sqrt{F}` long, about. A column that is the same for all items becomes zero.
    - ``none``: features stay as they are.

    Measured on Last.fm-2K, Recall@20 on validation, the mean of seeds 0 and 11 after 10 epochs at a learning
    rate of 1e-2: where features meet weights, ``unit`` learns fastest, and where a frozen graph has taken
    their cosine the scale hardly matters. Other models may want another: CRANE takes ``centred``.

    ========  ======  ======  =========  ==============
    model     none    unit    centred    standardised
    ========  ======  ======  =========  ==============
    VBPR      0.167   0.340   0.328      0.257
    FREEDOM   0.354   0.356   0.354      0.357
    ========  ======  ======  =========  ==============

    Mean and variance are over items that have the modality and a row other than zeros, of tokens and maps
    over their places, which are scaled one by one; rows of zeros stay, and masks stay as they are. What is
    scaled is float32, whatever it was stored in.

    The graph remembers what is done (``data.scaled_features``), and nothing is done twice: a part of a graph
    keeps the mean of the whole, which ``data.feature_moments`` has for items to come. Features that were
    replaced since are scaled.

    Args:
        mode: How to scale all modalities, or a mapping from some of them to how. (default: ``unit``)

    Raises:
        ValueError: If a mode is unknown, or, when applied, the graph lacks a modality.
    """

    def __init__(self, mode: Scale | Mapping[str, Scale] = "unit") -> None:
        modes: Any = list(mode.values()) if isinstance(mode, Mapping) else [mode]
        check(set(modes) <= set(SCALES), "mode", f"one of {SCALES}, or a mapping to them", self, mode)
        self.mode = dict(mode) if isinstance(mode, Mapping) else mode

    def forward(self, data: HeteroData) -> HeteroData:
        features, known = stored_features(data), availability(data)
        modes = self.mode if isinstance(self.mode, dict) else dict.fromkeys(sorted(features), self.mode)
        check(
            set(modes) <= set(features), "mode", f"for modalities out of {sorted(features)}", self, self.mode
        )
        done, moments = dict(data.get(SCALED, {})), dict(data.get(MOMENTS, {}))
        for name, mode in modes.items():
            x = full_precision(channels_last(features[name]))  # [I, F], [I, L, F] or [I, H, W, F]
            having = _having(x, known.get(name))  # [I, ...]
            if mode == "none" or _is_done(x, having, mode, done.get(name)):
                continue
            if mode != "unit":
                moments[name] = _moments(x[having])
            x = _scaled(x, having, mode, moments.get(name))
            data["item"][name] = x.movedim(-1, 1) if layout_of(features[name]) == "maps" else x
            done[name] = (mode, x.size(0))
        data[SCALED] = done
        if moments:
            data[MOMENTS] = moments
        return data

    def __repr__(self) -> str:
        return f"{type(self).__name__}(mode={self.mode!r})"


def _having(x: Tensor, available: Tensor | None) -> Tensor:
    """Which places of which items, bool [I, ...], there are features of."""
    having = (x != 0).any(dim=-1)  # [I, ..., F] -> [I, ...]
    return having if available is None else having & available.view(-1, *[1] * (having.dim() - 1))


def _moments(rows: Tensor) -> Tensor:
    """Mean and standard deviation of each column: [K, F] to [2, F]."""
    return torch.stack([rows.mean(dim=0), rows.std(dim=0, correction=0)])


def _scaled(x: Tensor, having: Tensor, mode: Scale, moments: Tensor | None) -> Tensor:
    if mode == "unit" or moments is None:
        return unit_rows(x)
    mean, deviation = moments
    if mode == "centred":
        return unit_rows(torch.where(having.unsqueeze(-1), x - mean, 0.0))
    same = deviation <= 1e-6 * mean.abs()  # what is left of it is rounding
    return torch.where(having.unsqueeze(-1) & ~same, (x - mean) / deviation.masked_fill(same, 1.0), 0.0)


def scale_like(data: HeteroData, modality: str, x: Tensor, available: Tensor) -> Tensor:
    """Raw features of other items, scaled as those of a graph were, by their mean and deviation.

    Args:
        data: The graph, on which :class:`ScaleFeatures` may have been applied or not.
        modality: Which features.
        x: The raw ones; left as they are where those of the graph are raw.
        available: Which of these items have the modality.

    Shapes:
        x [N, F], [N, L, F] or [N, F, H, W], available [N]

    Raises:
        ValueError: If the mean is not known, in a graph that an older version scaled.
    """
    if modality not in data.get(SCALED, {}):
        return x
    mode: Scale = data[SCALED][modality][0]
    moments = data.get(MOMENTS, {}).get(modality)
    remedy = "Prepare the graph as the data set gives it again, with this version"
    known = mode == "unit" or moments is not None
    check(known, "data", f"a graph that knows the mean of {modality!r}", "scale_like", mode, remedy)
    layout, x = layout_of(x), full_precision(channels_last(x))
    x = _scaled(x, _having(x, available), mode, None if moments is None else moments.to(x))
    return x.movedim(-1, 1) if layout == "maps" else x


def _is_done(x: Tensor, having: Tensor, mode: Scale, note: tuple[Scale, int] | None) -> bool:
    """Whether features are scaled already, as a note says, and were not replaced since."""
    if note is None:
        return False
    before, num_items = note
    if mode == "standardised":
        part = x.size(0) != num_items  # or more than the whole: its own mean and variance say nothing
        return before == mode and (part or _is_standardised(x[having]))
    return before in (mode, "centred") and _has_unit_rows(x)


def _has_unit_rows(x: Tensor) -> bool:
    length = x.norm(dim=-1)  # [I, ...]
    return bool((length.eq(0) | length.sub(1).abs().lt(1e-3)).all())


def _is_standardised(rows: Tensor) -> bool:
    """Whether the columns of rows [K, F] have mean 0 and variance 1, or are zero."""
    deviation = rows.std(dim=0, correction=0)
    fits = deviation.eq(0) | deviation.sub(1).abs().lt(1e-3)
    return bool((fits & rows.mean(dim=0).abs().lt(1e-3)).all())
