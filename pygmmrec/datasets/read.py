"""Raw tables, texts and images -> a graph, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import torch
from torch_geometric.data import HeteroData

from pygmmrec.data import Columns, Features, NodeInfo, Positives, add_features, build_hetero_data
from pygmmrec.data.node_features import Missing
from pygmmrec.data.splits.named_splits import SplitName
from pygmmrec.data.splits.split import Split
from pygmmrec.data.values.column import few
from pygmmrec.datasets.item_images import item_images
from pygmmrec.encoders import Encoder, FunctionEncoder, TextEncoder, encode
from pygmmrec.utils.check import check


def read(
    interactions: Any,
    *,
    items: Any = None,
    users: Any = None,
    text: str | Sequence[str] | None = None,
    images: str | PathLike[str] | None = None,
    features: Mapping[str, Any] | None = None,
    columns: Columns | None = None,
    item_id: str | None = None,
    user_id: str | None = None,
    positives: Positives | None = None,
    split: Split | SplitName | None = None,
    missing: Missing = "mask",
    text_model: Any = "all-MiniLM-L6-v2",
    image_model: Any = "resnet50",
    cache_dir: str | PathLike[str] | None = None,
    device: str | torch.device = "auto",
    progress: bool = True,
) -> HeteroData:
    """A graph from raw tables, texts and images.

    .. code-block:: python

        data = pg.read(
            "plays.csv",
            columns=Columns("user", "artist", "plays"),
            items="artists.csv",
            text=["name", "tags"],
            images="covers/",
            positives=Positives(k_core=5),
            split="temporal",
            cache_dir="cache",
        )

    Args:
        interactions: Who interacted with what, see :func:`~pygmmrec.data.read_interactions`.
        items: A table of the items: a path, a frame or a mapping of columns. Its columns come along as
            ``data['item'].info``, see :class:`~pygmmrec.data.NodeInfo`; rows of items without an interaction
            are left out.
        users: A table of the users, likewise.
        text: The column of ``items`` to encode as the modality ``text``; several are joined by colons, or as
            a template says, such as ``"{name} ({tags})"``.
        images: To encode as the modality ``image``: a folder whose files are called by the items' ids, such
            as ``17.jpg``, or the column of ``items`` that holds paths, relative to that table.
        features: Further modalities, see :func:`~pygmmrec.data.build_hetero_data`.
        columns: Names of the columns of the interactions.
        item_id, user_id: The columns of ids in ``items`` and ``users``. (default: found)
        positives: Which interactions count. (default: all but those rated zero)
        split: How they are split, by name or by a class. (default: labels that are given, else 8:1:1)
        missing: What becomes of items without a text or image: ``mask`` or ``error``. (default: ``mask``)
        text_model: What encodes texts, see :func:`~pygmmrec.encoders.encode`. (default:
            ``all-MiniLM-L6-v2`` of sentence-transformers)
        image_model: What encodes images. (default: ``resnet50`` of timm)
        cache_dir: Where encoded features are kept, with where they come from; a later call reads them there,
            or says what differs. (default: ``None``, nowhere)
        device: Where encoders run. (default: ``auto``, a GPU where there is one)
        progress: Whether encoders show a bar on a terminal. (default: ``True``)

    Raises:
        ValueError: If a table, a column or a value is not valid; the message says what to do.
        ModuleNotFoundError: If an encoder needs an extra that is not installed.
    """
    needs = text is not None and items is None
    remedy = "Give the table that holds the texts: items='artists.csv'."
    check(not needs, "text", "left out where there is no table of items", "read", text, remedy)
    data = build_hetero_data(
        interactions, features, columns=columns, positives=positives, split=split, missing=missing
    )
    for kind, table, column in (("item", items, item_id), ("user", users, user_id)):
        if table is not None:
            data[kind].info = NodeInfo.from_table(table, data[kind].raw_id, id_column=column)
    ids, info = data["item"].raw_id, data["item"].get("info")
    raw: dict[str, tuple[Any, Any]] = {}
    if text is not None:
        template = text_template(text, info)
        only = text if isinstance(text, str) else text[0]
        values = info[only] if template is None else {name: info[name] for name in info.columns}
        raw["text"] = values, _text_encoder(text_model, template)
    if images is not None:
        raw["image"] = item_images(images, ids, info, _folder_of(items)), image_model
    made: dict[str, Features] = {}
    for name, (values, model) in raw.items():
        output = None if cache_dir is None else Path(cache_dir) / f"{name}_feat.npy"
        made[name] = encode(ids, values, model, output=output, device=device, progress=progress)
    return add_features(data, made, missing=missing)


def text_template(text: str | Sequence[str], info: NodeInfo) -> str | None:
    """How columns become one text; None where the only one is taken as it is.

    Raises:
        ValueError: If a column is not there.
    """
    if isinstance(text, str) and "{" in text:
        return text
    names = [text] if isinstance(text, str) else list(text)
    unknown = [name for name in names if name not in info]
    requirement = f"columns of 'items', which has {few(info.columns, 20)}"
    check(len(names) > 0 and not unknown, "text", requirement, "read", unknown or names)
    return None if len(names) == 1 else ": ".join(f"{{{name}}}" for name in names)


def _text_encoder(model: Any, template: str | None) -> Any:
    """The model with a template, where it takes one."""
    if template is None or isinstance(model, Encoder):
        return model
    if callable(model) and not hasattr(model, "encode"):
        return FunctionEncoder(model, template=template)
    return TextEncoder(model, template=template)


def _folder_of(items: Any) -> Path:
    """Where relative paths in a table start: its folder, or the working directory."""
    if not isinstance(items, (str, PathLike)):
        return Path()
    return Path(items) if Path(items).is_dir() else Path(fspath(items)).parent
